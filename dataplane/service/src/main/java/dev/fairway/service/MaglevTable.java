// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.Arrays;

/**
 * Maglev's table: each endpoint owns about as many slots as any other, and a change of one endpoint
 * moves few clients of the others. Depends on what identifies endpoints only, so every process
 * builds the same. Immutable.
 */
public final class MaglevTable {
  private static final int[] PRIMES = {251, 1021, 4093, 16_381, 65_521, 262_139};

  /** Slots for each endpoint that keep the shares even to about one percent. */
  private static final int SLOTS_PER_ENDPOINT = 100;

  private final int[] slots;

  private MaglevTable(int[] slots) {
    this.slots = slots;
  }

  /** The table of a set that is not empty, with as many slots as it needs. */
  public static MaglevTable of(EndpointSet endpoints) {
    long[] hashes = new long[endpoints.size()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = hash(endpoints.address(i), endpoints.port(i));
    }
    return of(hashes, prime(hashes.length));
  }

  /**
   * The table of endpoints that are given by an evenly spread hash each.
   *
   * @param hashes at least one
   * @param size how many slots, a prime
   */
  public static MaglevTable of(long[] hashes, int size) {
    int n = hashes.length;
    int[] next = new int[n];
    int[] skip = new int[n];
    for (int i = 0; i < n; i++) {
      next[i] = (int) Long.remainderUnsigned(hashes[i], size);
      skip[i] = (int) Long.remainderUnsigned(mix(hashes[i]), size - 1L) + 1;
    }
    int[] slots = new int[size];
    Arrays.fill(slots, -1);
    int filled = 0;
    while (true) {
      for (int i = 0; i < n; i++) {
        while (slots[next[i]] >= 0) {
          next[i] = (next[i] + skip[i]) % size;
        }
        slots[next[i]] = i;
        if (++filled == size) {
          return new MaglevTable(slots);
        }
      }
    }
  }

  private static int prime(int endpoints) {
    for (int prime : PRIMES) {
      if (prime >= (long) endpoints * SLOTS_PER_ENDPOINT) {
        return prime;
      }
    }
    return PRIMES[PRIMES.length - 1];
  }

  /** The index of a client's endpoint; further attempts give others. */
  public int pick(IpAddress client, int attempt) {
    return owner(hash(client, 0), attempt);
  }

  /** The index of the endpoint that a hash belongs to; further attempts give others. */
  public int owner(long hash, int attempt) {
    return slots[(int) Long.remainderUnsigned(mix(hash + attempt), slots.length)];
  }

  private static long hash(IpAddress address, int port) {
    return mix(mix(address.highBits() + 0x9e37_79b9_7f4a_7c15L) ^ address.lowBits()) + port;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }

  /** How many slots an endpoint owns. */
  public int share(int endpoint) {
    return (int) Arrays.stream(slots).filter(slot -> slot == endpoint).count();
  }

  /** How many slots there are. */
  public int size() {
    return slots.length;
  }
}
