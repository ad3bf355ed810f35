// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.ListenerTable;
import dev.fairway.ingress.tls.TlsTable;
import dev.fairway.service.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one port of one address serves.
 *
 * @param address an IP address
 * @param routes of HTTP and of terminated HTTPS; without listeners for other protocols
 * @param tls who answers which server name, where the protocol is TLS
 * @param backends of TCP and UDP by weight; empty where no route leads anywhere
 * @param proxyProtocolFrom who must begin connections with a header of the PROXY protocol; null for
 *     those that the command says
 */
public record PortPlan(
    String address,
    int port,
    Protocol protocol,
    ListenerTable routes,
    TlsTable tls,
    List<BackendRef> backends,
    @Nullable List<IpPrefix> proxyProtocolFrom) {
  public PortPlan {
    backends = List.copyOf(backends);
    proxyProtocolFrom = proxyProtocolFrom == null ? null : List.copyOf(proxyProtocolFrom);
  }

  /** Which socket the plan is for. */
  public Key key() {
    return new Key(address, port, protocol == Protocol.UDP);
  }

  /** Whether a listener looks at requests. */
  public boolean servesRequests() {
    return !routes.equals(ListenerTable.empty());
  }

  /** The same for another address. */
  PortPlan at(String otherAddress) {
    return new PortPlan(otherAddress, port, protocol, routes, tls, backends, proxyProtocolFrom);
  }

  /** A socket's address. */
  public record Key(String address, int port, boolean udp) {}

  /** What is spoken on the port. */
  public enum Protocol {
    HTTP,
    /** HTTPS, passed through and terminated streams, by server name. */
    TLS,
    TCP,
    UDP
  }
}
