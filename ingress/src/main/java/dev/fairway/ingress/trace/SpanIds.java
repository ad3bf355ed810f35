// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import dev.fairway.ingress.route.Hashes;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** Ids of traces and spans: spread evenly, never zero. Thread-safe without a lock. */
final class SpanIds {
  private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

  private final AtomicLong state;

  SpanIds(RandomGenerator random) {
    state = new AtomicLong(random.nextLong());
  }

  long next() {
    long id;
    do {
      id = Hashes.mix(state.getAndAdd(STEP));
    } while (id == 0);
    return id;
  }
}
