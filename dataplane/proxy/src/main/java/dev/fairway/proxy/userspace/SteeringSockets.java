// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.util.List;

/**
 * Descriptors of the listening TCP sockets that all steered addresses share, for a BPF program to
 * assign connections to. Those of a family form one SO_REUSEPORT group, one for each event loop, so
 * assigning any of them spreads clients over all. They stay open as long as the proxier.
 *
 * @param v4 for IPv4
 * @param v6 for IPv6; empty where the machine has none
 */
public record SteeringSockets(List<Integer> v4, List<Integer> v6) {
  public SteeringSockets {
    v4 = List.copyOf(v4);
    v6 = List.copyOf(v6);
  }
}
