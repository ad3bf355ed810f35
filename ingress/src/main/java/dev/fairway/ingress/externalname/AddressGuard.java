// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Keeps requests away from where only we can go: whoever may write a Service could read what is
 * served to this machine alone, such as the credentials of a cloud. Thread-safe.
 */
final class AddressGuard {
  private static final List<IpPrefix> LOCAL =
      Stream.of(
              "0.0.0.0/8",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "224.0.0.0/3",
              "::/127",
              "64:ff9b::/96",
              "fe80::/10",
              "ff00::/8")
          .map(IpPrefix::parse)
          .toList();

  private final List<IpPrefix> allowed;
  private final Supplier<Set<IpAddress>> own;
  private final Supplier<Set<Integer>> ownPorts;

  /**
   * @param allowed although they are local
   * @param own addresses of this machine
   * @param ownPorts that we listen on
   */
  AddressGuard(
      List<IpPrefix> allowed, Supplier<Set<IpAddress>> own, Supplier<Set<Integer>> ownPorts) {
    this.allowed = allowed;
    this.own = own;
    this.ownPorts = ownPorts;
  }

  /** Whether requests may go to a port of an address. */
  boolean admits(IpAddress address, int port) {
    if (contains(allowed, address)) {
      return true;
    }
    return !contains(LOCAL, address)
        && !(ownPorts.get().contains(port) && own.get().contains(address));
  }

  private static boolean contains(List<IpPrefix> prefixes, IpAddress address) {
    for (IpPrefix prefix : prefixes) {
      if (prefix.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
