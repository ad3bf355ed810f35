// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * A token bucket for each client, kept as one time: that at which its bucket is full again. Clients
 * live in a table of fixed size, four places for each hash; who needs a place gets that of the
 * client that has been quiet for longest. Neither locks nor allocates. Thread-safe.
 */
final class RateLimit {
  private static final int WAYS = 4;

  /** A tag tells the clients of one hash apart; the rest of a word is the time. */
  private static final int TIME_BITS = 48;

  private static final long TIME_MASK = (1L << TIME_BITS) - 1;

  /** Nanoseconds of a unit of time; 48 bits of them last for nine years. */
  private static final long UNIT = 1024;

  private final LongSupplier nanos;
  private final long start;
  private final long seed;
  private final long v6MaskHigh;
  private final long v6MaskLow;
  private final long interval;
  private final long burst;
  private final AtomicLongArray table;

  /**
   * A limit.
   *
   * @param nanos a clock that never goes back
   * @param seed keeps outsiders from choosing who shares a place
   */
  RateLimit(RateLimitOptions options, LongSupplier nanos, long seed) {
    boolean on = options.perSecond() > 0;
    this.nanos = nanos;
    this.start = nanos.getAsLong();
    this.seed = seed;
    this.v6MaskHigh = mask(options.v6Prefix());
    this.v6MaskLow = mask(options.v6Prefix() - 64);
    this.interval = on ? Math.max(1, 1_000_000_000L / options.perSecond() / UNIT) : 0;
    this.burst = interval * options.burst();
    this.table = new AtomicLongArray(on ? options.clients() : 0);
  }

  private static long mask(int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
  }

  /** Counts a query; false when it is one too many. */
  boolean permits(Client client) {
    if (interval == 0) {
      return true;
    }
    long now = (nanos.getAsLong() - start) / UNIT;
    long hash = hash(client);
    long tag = hash >>> TIME_BITS;
    int first = (int) hash & (table.length() - WAYS);
    while (true) {
      int place = place(first, tag);
      long word = table.get(place);
      long known = word >>> TIME_BITS == tag ? word & TIME_MASK : 0;
      long full = Math.max(known, now) + interval;
      if (full > now + burst) {
        return false;
      }
      if (table.compareAndSet(place, word, tag << TIME_BITS | full)) {
        return true;
      }
    }
  }

  /** Where the client is, or the place it shall have. */
  private int place(int first, long tag) {
    int quietest = first;
    long least = Long.MAX_VALUE;
    for (int i = first; i < first + WAYS; i++) {
      long word = table.get(i);
      if (word >>> TIME_BITS == tag) {
        return i;
      }
      if ((word & TIME_MASK) < least) {
        least = word & TIME_MASK;
        quietest = i;
      }
    }
    return quietest;
  }

  private long hash(Client client) {
    boolean v4 = client.isV4();
    long high = v4 ? 0 : client.high() & v6MaskHigh;
    long low = v4 ? client.low() : client.low() & v6MaskLow;
    return mix(mix(high ^ seed) ^ low);
  }

  private static long mix(long x) {
    long y = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
