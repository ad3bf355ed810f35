// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import java.time.Duration;

/**
 * Exponential delay before the n-th retry of one key.
 *
 * @param base delay before the first retry
 * @param max the longest delay
 */
public record RetryBackoff(Duration base, Duration max) {

  /** 5 ms doubling up to 30 s. */
  public static final RetryBackoff DEFAULT =
      new RetryBackoff(Duration.ofMillis(5), Duration.ofSeconds(30));

  public RetryBackoff {
    if (base.isNegative() || base.isZero() || max.compareTo(base) < 0) {
      throw new IllegalArgumentException("0 < base <= max expected, got " + base + " and " + max);
    }
  }

  /** The delay before the retry that follows {@code failures} failures in a row (1 = first). */
  Duration delay(int failures) {
    int shift = Math.clamp(failures - 1, 0, 30);
    Duration delay = base.multipliedBy(1L << shift);
    return delay.compareTo(max) < 0 ? delay : max;
  }
}
