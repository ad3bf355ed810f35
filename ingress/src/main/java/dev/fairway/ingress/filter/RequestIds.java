// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.util.HexFormat;
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

  String next() {
    long n = counter.getAndAdd(GOLDEN);
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(mix(n)) + hex.toHexDigits(mix(n ^ key));
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
