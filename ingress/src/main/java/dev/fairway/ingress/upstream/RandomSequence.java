// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.Hashes;
import java.util.concurrent.atomic.AtomicLong;

/** Random numbers for any number of threads without a lock, the same ones for the same seed. */
final class RandomSequence {
  private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

  private final AtomicLong state;

  RandomSequence(long seed) {
    state = new AtomicLong(Hashes.mix(seed));
  }

  long next() {
    return Hashes.mix(state.getAndAdd(STEP));
  }

  /** A number that follows another one, for further draws of the same request. */
  static long next(long former) {
    return Hashes.mix(former + STEP);
  }

  /** An even choice of 0 to bound - 1. */
  static int below(long random, int bound) {
    return (int) Math.unsignedMultiplyHigh(random, bound);
  }
}
