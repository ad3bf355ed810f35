// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.util.List;

/**
 * Descriptors of the sockets that all steered addresses share, for a BPF program to assign packets
 * to. Those of a protocol and family form one SO_REUSEPORT group, one for each event loop, so
 * assigning any of them spreads clients over all. They stay open as long as the proxier.
 *
 * @param tcp4 listening, for IPv4
 * @param tcp6 for IPv6, as {@code udp6} empty where the machine has none
 * @param udp4 for datagrams
 */
public record SteeringSockets(
    List<Integer> tcp4, List<Integer> tcp6, List<Integer> udp4, List<Integer> udp6) {
  public SteeringSockets {
    tcp4 = List.copyOf(tcp4);
    tcp6 = List.copyOf(tcp6);
    udp4 = List.copyOf(udp4);
    udp6 = List.copyOf(udp6);
  }

  /** One of them, -1 if there is none. */
  public static int any(List<Integer> descriptors) {
    return descriptors.isEmpty() ? -1 : descriptors.getFirst();
  }
}
