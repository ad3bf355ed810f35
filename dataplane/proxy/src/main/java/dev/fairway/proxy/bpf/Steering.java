// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.nio.file.Path;
import java.util.List;

/**
 * Sockets for packets that come to service addresses from clients which the programs of sockets do
 * not see: other machines, virtual machines, pods that opted out. They are given as descriptors
 * that stay open; each may be bound to any address and port, as packets are given to it whatever it
 * is bound to, and the local address of an accepted connection is the service address.
 *
 * @param tcp4 a listening socket, as the others by protocol and family; -1 for none, so that
 *     sockets which are bound to the service address get these clients
 * @param silentTcp4 a listening socket that answers nobody, for connections to be dropped; -1 for
 *     none, which refuses them
 * @param networkNamespace whose packets are steered
 */
public record Steering(
    int tcp4,
    int tcp6,
    int udp4,
    int udp6,
    int silentTcp4,
    int silentTcp6,
    int silentUdp4,
    int silentUdp6,
    Path networkNamespace) {

  /** Sockets for packets to the network namespace of this process. */
  public static Steering of(int tcp4, int tcp6, int udp4, int udp6) {
    return new Steering(tcp4, tcp6, udp4, udp6, -1, -1, -1, -1, NetworkNamespaces.OWN);
  }

  /** Only refuses whom nobody is to answer: sockets bound to service addresses get all others. */
  public static Steering guard() {
    return of(-1, -1, -1, -1);
  }

  /** The same with sockets that answer nobody. */
  public Steering withSilent(SilentSockets sockets) {
    return withSilent(sockets.tcp4(), sockets.tcp6(), sockets.udp4(), sockets.udp6());
  }

  /** As the other, by descriptors. */
  public Steering withSilent(int forTcp4, int forTcp6, int forUdp4, int forUdp6) {
    return new Steering(
        tcp4, tcp6, udp4, udp6, forTcp4, forTcp6, forUdp4, forUdp6, networkNamespace);
  }

  /** Which of them there are, as bits in the order of {@code enum listener}. */
  int present() {
    int bits = 0;
    List<Integer> all = descriptors();
    for (int i = 0; i < all.size(); i++) {
      bits |= all.get(i) >= 0 ? 1 << i : 0;
    }
    return bits;
  }

  /** The descriptors in the order of {@code enum listener}. */
  List<Integer> descriptors() {
    return List.of(tcp4, tcp6, udp4, udp6, silentTcp4, silentTcp6, silentUdp4, silentUdp6);
  }
}
