// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.IpPrefix;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which addresses of the machine answer node ports.
 *
 * @param primary the first address of the node in each family
 * @param localhost 127.0.0.1 and ::1
 * @param all every address; also the meaning of an empty list and, for its family, of a prefix of
 *     length zero
 * @param ranges addresses of the machine in these ranges
 */
public record NodePortAddresses(
    boolean primary, boolean localhost, boolean all, List<IpPrefix> ranges) {

  /**
   * Reads kube-proxy's {@code nodePortAddresses} with the keywords of KEP-6032.
   *
   * @throws IllegalArgumentException if an entry is neither a keyword nor a CIDR
   */
  public static NodePortAddresses parse(List<String> entries) {
    List<IpPrefix> ranges = new ArrayList<>();
    for (String entry : entries) {
      if (!entry.equals("primary") && !entry.equals("localhost") && !entry.equals("all")) {
        ranges.add(IpPrefix.parse(entry));
      }
    }
    return new NodePortAddresses(
        entries.contains("primary"),
        entries.contains("localhost"),
        entries.isEmpty() || entries.contains("all"),
        List.copyOf(ranges));
  }

  /** Whether any address of the family matches, however many there will be. */
  public boolean matchesAll(IpFamily family) {
    if (all) {
      return true;
    }
    boolean any = false;
    for (IpPrefix range : ranges) {
      if (range.family() == family) {
        any = true;
        if (range.isZero()) {
          return true;
        }
      }
    }
    return !any && !primary && !localhost;
  }

  /**
   * The addresses that answer now.
   *
   * @param nodeAddresses the node's addresses, the primary one of each family first
   * @param machineAddresses what {@link #ofMachine} says
   */
  public Set<IpAddress> resolve(
      List<IpAddress> nodeAddresses, Collection<IpAddress> machineAddresses) {
    Set<IpAddress> present = new LinkedHashSet<>(nodeAddresses);
    present.addAll(machineAddresses);
    Set<IpAddress> matching = new LinkedHashSet<>();
    for (IpAddress address : present) {
      if (matchesAll(address.family())
          || (primary && isPrimary(address, nodeAddresses))
          || (localhost && isLocalhost(address))
          || ranges.stream().anyMatch(range -> range.contains(address))) {
        matching.add(address);
      }
    }
    return matching;
  }

  private static boolean isPrimary(IpAddress address, List<IpAddress> nodeAddresses) {
    for (IpAddress nodeAddress : nodeAddresses) {
      if (nodeAddress.family() == address.family()) {
        return nodeAddress.equals(address);
      }
    }
    return false;
  }

  private static boolean isLocalhost(IpAddress address) {
    return address.isV4()
        ? address.lowBits() == 0x7f00_0001L
        : address.highBits() == 0 && address.lowBits() == 1;
  }

  /** The addresses of all interfaces, without link-local IPv6 ones. */
  public static List<IpAddress> ofMachine() {
    List<IpAddress> addresses = new ArrayList<>();
    try {
      for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
        for (InetAddress address : device.inetAddresses().toList()) {
          if (!address.isLinkLocalAddress()) {
            addresses.add(IpAddress.ofBytes(address.getAddress()));
          }
        }
      }
    } catch (SocketException e) {
      System.getLogger(NodePortAddresses.class.getName())
          .log(System.Logger.Level.WARNING, "cannot list the addresses of the machine", e);
    }
    return addresses;
  }
}
