// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.Arrays;

/**
 * Maglev's table: each endpoint owns about as many slots as any other, and a change of one endpoint
 * moves few clients of the others. Depends on addresses and ports only, so every node builds the
 * same. Immutable.
 */
final class MaglevTable {
  private static final int[] PRIMES = {251, 1021, 4093, 16_381, 65_521, 262_139};

  /** Slots for each endpoint that keep the shares even to about one percent. */
  private static final int SLOTS_PER_ENDPOINT = 100;

  private final int[] slots;

  private MaglevTable(int[] slots) {
    this.slots = slots;
  }

  /** The table of a set that is not empty. */
  static MaglevTable of(EndpointSet endpoints) {
    int n = endpoints.size();
    int size = prime(n);
    int[] next = new int[n];
    int[] skip = new int[n];
    for (int i = 0; i < n; i++) {
      long hash = hash(endpoints.address(i), endpoints.port(i));
      next[i] = (int) Long.remainderUnsigned(hash, size);
      skip[i] = (int) Long.remainderUnsigned(mix(hash), size - 1L) + 1;
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
  int pick(IpAddress client, int attempt) {
    long hash = mix(hash(client, 0) + attempt);
    return slots[(int) Long.remainderUnsigned(hash, slots.length)];
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
  int share(int endpoint) {
    return (int) Arrays.stream(slots).filter(slot -> slot == endpoint).count();
  }

  int size() {
    return slots.length;
  }
}
