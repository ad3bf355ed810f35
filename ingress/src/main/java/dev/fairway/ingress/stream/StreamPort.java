// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendRef;
import java.net.InetSocketAddress;
import java.util.List;

/** A listening socket of streams; its backends are replaced at any time. Thread-safe. */
public final class StreamPort {
  private final InetSocketAddress address;
  private final boolean udp;
  private volatile List<BackendRef> backends = List.of();

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
