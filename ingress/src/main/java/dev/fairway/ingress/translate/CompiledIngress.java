// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.nginx.ClientCertificateSettings;
import dev.fairway.kube.api.Ingress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one Ingress asks for, before it is weighed against the others. Filled by its compiler, then
 * only read.
 */
final class CompiledIngress {
  /** What an Ingress asks for on one host. */
  static final class HostPart {
    final List<PathPlan> paths = new ArrayList<>();
    @Nullable PathPlan fallback;

    /** Whether the Ingress has TLS for the host. */
    boolean tls;

    /** Whether ingress-nginx would make every path of the host an expression. */
    boolean expressions;

    /** Whether this applies only where no rule of any Ingress names the host. */
    boolean spare;

    /** Whether the paths only share the requests of another Ingress. */
    boolean canary;

    /** How clients of the host show who they are by certificates. */
    @Nullable ClientCertificateSettings clients;

    /** Who ends the TLS of the host, where the gateway does not. */
    @Nullable BackendRef passthrough;

    /** What answers requests of a spare host that leads to another name. */
    @Nullable Route redirect;
  }

  final Ingress ingress;
  final Lookup lookup;

  /** In the order of the rules. */
  final Map<String, HostPart> hosts = new LinkedHashMap<>();

  final Set<UpstreamSpec> upstreams = new HashSet<>();
  final List<Diagnostic> diagnostics = new ArrayList<>();

  /** What answers every request that no Ingress matches. */
  @Nullable Route everything;

  CompiledIngress(Ingress ingress, Lookup lookup) {
    this.ingress = ingress;
    this.lookup = lookup;
  }

  HostPart host(String host) {
    return hosts.computeIfAbsent(host, _ -> new HostPart());
  }

  void report(Diagnostic.Reason reason, String message) {
    diagnostics.add(new Diagnostic(ingress.key(), ingress.metadata().uid(), reason, message));
  }
}
