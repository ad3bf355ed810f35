// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.service.IpAddress;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who connects, and whose proxy decides.
 *
 * @param address the client's, null for its pod's or else the node's own
 * @param pod namespace/name of the pod that connects, null for none
 * @param node name of the node whose proxy decides, null for the one that is dialled, else the
 *     pod's, else the one with an address of this machine, else the first
 * @param machine addresses of this machine
 */
public record Client(
    @Nullable IpAddress address,
    @Nullable String pod,
    @Nullable String node,
    Set<IpAddress> machine) {
  public Client {
    machine = Set.copyOf(machine);
  }

  /** Nothing is known about it. */
  static final Client ANY = new Client(null, null, null, Set.of());

  /** A client that only has an address. */
  static Client at(IpAddress address) {
    return new Client(address, null, null, Set.of());
  }

  /**
   * A client as a command line names it.
   *
   * @param from an address or namespace/name of a pod, null for the node itself
   * @throws IllegalArgumentException if it is neither
   */
  public static Client of(
      @Nullable String from, @Nullable String node, Collection<IpAddress> machine) {
    Set<IpAddress> addresses = Set.copyOf(machine);
    if (from == null) {
      return new Client(null, null, node, addresses);
    }
    IpAddress address = IpAddress.tryParse(from);
    if (address != null) {
      return new Client(address, null, node, addresses);
    }
    if (from.matches("[a-z0-9][-a-z0-9]*/[a-z0-9][-.a-z0-9]*")) {
      return new Client(null, from, node, addresses);
    }
    throw new IllegalArgumentException(
        "'" + from + "': expected an IP address or a pod's namespace/name");
  }
}
