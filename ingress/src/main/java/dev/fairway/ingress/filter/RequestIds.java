// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** Unique request ids of 32 hexadecimal digits. Thread-safe. */
public final class RequestIds {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final long key;
  private final AtomicLong counter;

  public RequestIds(RandomGenerator random) {
    key = random.nextLong();
    counter = new AtomicLong(random.nextLong());
  }

  /** The next one. */
  public String next() {
    long n = counter.getAndAdd(GOLDEN);
    byte[] digits = new byte[32];
    write(mix(n), digits, 0);
    write(mix(n ^ key), digits, 16);
    return new String(digits, StandardCharsets.ISO_8859_1);
  }

  private static void write(long value, byte[] digits, int from) {
    for (int i = 0; i < 16; i++) {
      digits[from + i] = HEX[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
