// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Doubling waits with jitter: each is between one and one and a half times its step. */
final class Backoff {
  private final long minNanos;
  private final long maxNanos;
  private final RandomGenerator random;
  private long stepNanos;

  Backoff(Duration min, Duration max, RandomGenerator random) {
    this.minNanos = Math.max(1, min.toNanos());
    this.maxNanos = Math.max(minNanos, max.toNanos());
    this.random = random;
    this.stepNanos = minNanos;
  }

  /** The next wait, at most {@code max}. */
  Duration next() {
    double factor = 1 + random.nextDouble() / 2;
    Duration wait = Duration.ofNanos((long) Math.min(maxNanos, stepNanos * factor));
    stepNanos = Math.min(maxNanos, stepNanos * 2);
    return wait;
  }

  void reset() {
    stepNanos = minNanos;
  }
}
