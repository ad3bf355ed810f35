// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.CertificateIndex;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsTable;
import dev.fairway.ingress.translate.nginx.GlobalSettings;
import dev.fairway.kube.api.ObjectKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The result of a compilation.
 *
 * @param clients how the clients of hosts are asked for certificates
 * @param passthrough who ends the TLS of hosts, where the gateway does not
 * @param upstreams every backend that a route names
 * @param edge how connections begin
 * @param namedHosts every host that an Ingress names, where handshakes for others are refused
 * @param accepted the Ingresses of our class
 * @param diagnostics in the order of precedence of the Ingresses
 */
public record Translation(
    RouteTable routes,
    CertificateIndex certificates,
    Map<String, ClientVerification> clients,
    Map<String, BackendRef> passthrough,
    Set<UpstreamSpec> upstreams,
    GlobalSettings.Edge edge,
    Set<String> namedHosts,
    Set<ObjectKey> accepted,
    List<Diagnostic> diagnostics) {
  public Translation {
    clients = Map.copyOf(clients);
    passthrough = Map.copyOf(passthrough);
    upstreams = Set.copyOf(upstreams);
    namedHosts = Set.copyOf(namedHosts);
    accepted = Set.copyOf(accepted);
    diagnostics = List.copyOf(diagnostics);
  }

  /** What answers handshakes, by server name. */
  public TlsTable tls() {
    Map<String, TlsProfile> profiles = HashMap.newHashMap(certificates.size());
    certificates
        .byHost()
        .forEach((host, certificate) -> {
          ClientVerification asked = clients.get(host);
          String group = asked == null ? "" : host;
          profiles.put(host, new TlsProfile.Terminate(certificate, asked, group, edge.tls()));
        });
    passthrough.forEach(
        (host, backend) -> profiles.put(host, new TlsProfile.Passthrough(List.of(backend))));
    if (edge.refusesUnknown()) {
      TlsTable own = TlsTable.of(profiles);
      for (String host : namedHosts) {
        if (own.find(host) == null) {
          profiles.put(host, new TlsProfile.Default());
        }
      }
      profiles.put("", new TlsProfile.Refuse());
    }
    return TlsTable.of(profiles);
  }

  /** The Ingresses, as {@code namespace/name}, of which a Service does not exist. */
  public Set<String> withoutService() {
    Set<String> names = new TreeSet<>();
    for (Diagnostic diagnostic : diagnostics) {
      if (diagnostic.reason() == Diagnostic.Reason.SERVICE_NOT_FOUND) {
        names.add(diagnostic.object().namespace() + "/" + diagnostic.object().name());
      }
    }
    return names;
  }
}
