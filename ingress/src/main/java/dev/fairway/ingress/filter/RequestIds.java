// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.Hashes;
import dev.fairway.ingress.trace.Hex;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** Unique request ids of 32 hexadecimal digits. Thread-safe. */
public final class RequestIds {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final long key;
  private final AtomicLong counter;

  public RequestIds(RandomGenerator random) {
    key = random.nextLong();
    counter = new AtomicLong(random.nextLong());
  }

  /** The next one. */
  public String next() {
    long n = counter.getAndAdd(GOLDEN);
    return Hex.of(Hashes.mix(n), Hashes.mix(n ^ key));
  }
}
