// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.InetSocketAddress;
import java.util.List;

/** A listening socket of streams; its backends are replaced at any time. Thread-safe. */
public final class StreamPort {
  private final InetSocketAddress address;
  private final boolean udp;
  private volatile List<BackendRef> backends = List.of();
  private volatile List<IpPrefix> proxyProtocolFrom = List.of();

  /**
   * @param udp whether datagrams are received, else connections are accepted
   */
  public StreamPort(InetSocketAddress address, boolean udp) {
    this.address = address;
    this.udp = udp;
  }

  /** Replaces where streams go that begin from now on; none where the list is empty. */
  public void publish(List<BackendRef> newBackends) {
    backends = List.copyOf(newBackends);
  }

  /**
   * Who begins its connections with a header of the PROXY protocol, which is not passed on, and
   * must. Datagrams have none.
   */
  public void acceptProxyProtocol(List<IpPrefix> from) {
    proxyProtocolFrom = List.copyOf(from);
  }

  boolean isProxyProtocol(InetSocketAddress peer) {
    List<IpPrefix> from = proxyProtocolFrom;
    if (!from.isEmpty()) {
      IpAddress address = IpAddress.ofBytes(peer.getAddress().getAddress());
      for (IpPrefix prefix : from) {
        if (prefix.contains(address)) {
          return true;
        }
      }
    }
    return false;
  }

  List<BackendRef> backends() {
    return backends;
  }

  InetSocketAddress address() {
    return address;
  }

  boolean isUdp() {
    return udp;
  }
}
