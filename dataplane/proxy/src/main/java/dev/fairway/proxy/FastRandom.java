// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

/** A small generator (xorshift128+); confined to one thread. */
public final class FastRandom {
  private long a;
  private long b;

  /** A generator whose sequence the seed determines. */
  public FastRandom(long seed) {
    a = mix(seed);
    b = mix(seed + 0x9e37_79b9_7f4a_7c15L) | 1;
  }

  private static long mix(long seed) {
    long z = (seed ^ (seed >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }

  /** A number in [0, bound), all equally likely. */
  public int nextInt(int bound) {
    long x = a;
    long y = b;
    a = y;
    x ^= x << 23;
    b = x ^ y ^ (x >>> 17) ^ (y >>> 26);
    return (int) ((((a + b) >>> 32) * bound) >>> 32);
  }
}
