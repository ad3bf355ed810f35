// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/** 64-bit hashes that are the same in every process: for balancing, not for secrets. */
public final class Hashes {
  private static final long SEED = 0xcbf2_9ce4_8422_2325L;
  private static final long PRIME = 0x0000_0100_0000_01b3L;

  private Hashes() {}

  /** The hash of a text. */
  public static long of(CharSequence text) {
    return mix(feed(SEED, text));
  }

  /** Spreads the bits of a value evenly. */
  public static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }

  /** The state of a hash to which nothing was fed. */
  static long start() {
    return SEED;
  }

  /** FNV-1a over the low octet of each character. */
  static long feed(long state, CharSequence text) {
    long hash = state;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ (text.charAt(i) & 0xFF)) * PRIME;
    }
    return hash;
  }
}
