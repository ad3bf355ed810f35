// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Who may copy the zone (RFC 5936).
 *
 * @param allowed addresses that may transfer it; empty for none
 * @param secondaries servers that are told when the zone changes (RFC 1996)
 * @param maxTransfers under way at one time
 */
public record TransferOptions(
    List<IpPrefix> allowed, List<InetSocketAddress> secondaries, int maxTransfers) {
  public TransferOptions {
    allowed = List.copyOf(allowed);
    secondaries = List.copyOf(secondaries);
    if (maxTransfers < 1) {
      throw new IllegalArgumentException("maxTransfers must be at least 1, not " + maxTransfers);
    }
  }

  /** Nobody. */
  public static TransferOptions none() {
    return new TransferOptions(List.of(), List.of(), 8);
  }

  /** For these addresses. */
  public static TransferOptions to(List<IpPrefix> allowed) {
    return new TransferOptions(allowed, List.of(), 8);
  }

  /** With these secondaries told of changes. */
  public TransferOptions withSecondaries(List<InetSocketAddress> servers) {
    return new TransferOptions(allowed, servers, maxTransfers);
  }

  boolean allows(Client client) {
    if (allowed.isEmpty()) {
      return false;
    }
    IpAddress address =
        client.isV4()
            ? IpAddress.ofIpv4((int) client.low())
            : IpAddress.ofIpv6(client.high(), client.low());
    for (IpPrefix prefix : allowed) {
      if (prefix.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
