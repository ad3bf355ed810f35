// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The cluster IPs of one CIDR block. Confined to its owner's lock. Free ones are handed out from
 * the upper part of the block while it has any, so that clients can choose addresses in the lower
 * part with little risk of a clash (KEP-3070).
 */
final class IpPool {
  // Larger blocks are used up to here; what is stored stays within a few tens of megabytes.
  private static final long MAX_SIZE = 1L << 20;

  private final IpRange range;
  private final long size;
  private final long band;
  private final Set<Ip> taken = new HashSet<>();
  private final RandomGenerator random;

  IpPool(IpRange range, RandomGenerator random) {
    this.range = range;
    this.random = random;
    BigInteger all = range.size();
    boolean large = all.compareTo(BigInteger.valueOf(MAX_SIZE)) > 0;
    // The first address names the network, the last one of IPv4 is the broadcast address.
    long reserved = range.first().v6() ? 1 : 2;
    this.size = Math.max(0, (large ? MAX_SIZE : all.longValueExact()) - (large ? 1 : reserved));
    this.band = size < 16 ? 0 : Math.min(Math.max(16, size / 16), 256);
  }

  boolean v6() {
    return range.first().v6();
  }

  IpRange range() {
    return range;
  }

  /** Whether a client may ask for this address. */
  boolean contains(Ip ip) {
    return range.contains(ip)
        && !ip.equals(range.first())
        && (v6() || !ip.equals(range.at(range.size().subtract(BigInteger.ONE))));
  }

  /** False if it is taken already. */
  boolean take(Ip ip) {
    return taken.add(ip);
  }

  void release(Ip ip) {
    taken.remove(ip);
  }

  /** Takes a free address, null if there is none. */
  @Nullable Ip takeAny() {
    Ip ip = takeBetween(band, size);
    return ip != null ? ip : takeBetween(0, band);
  }

  private @Nullable Ip takeBetween(long from, long to) {
    long count = to - from;
    if (count <= 0) {
      return null;
    }
    long start = random.nextLong(count);
    for (long i = 0; i < count; i++) {
      Ip ip = range.at(BigInteger.valueOf(1 + from + (start + i) % count));
      if (taken.add(ip)) {
        return ip;
      }
    }
    return null;
  }

  int takenCount() {
    return taken.size();
  }
}
