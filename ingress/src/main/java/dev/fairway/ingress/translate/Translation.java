// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.CertificateIndex;
import dev.fairway.kube.api.ObjectKey;
import java.util.List;
import java.util.Set;

/**
 * The result of a compilation.
 *
 * @param upstreams every backend that a route names
 * @param accepted the Ingresses of our class
 * @param diagnostics in the order of precedence of the Ingresses
 */
public record Translation(
    RouteTable routes,
    CertificateIndex certificates,
    Set<UpstreamSpec> upstreams,
    Set<ObjectKey> accepted,
    List<Diagnostic> diagnostics) {
  public Translation {
    upstreams = Set.copyOf(upstreams);
    accepted = Set.copyOf(accepted);
    diagnostics = List.copyOf(diagnostics);
  }
}
