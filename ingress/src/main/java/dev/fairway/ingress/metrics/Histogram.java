// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import dev.fairway.service.metrics.MetricsText;
import java.util.concurrent.atomic.LongAdder;

/** Counts of whole numbers by upper bound. Thread-safe; observing allocates and locks nothing. */
final class Histogram {
  /** In nanoseconds: 5, 10, 25, 50 ms and so on to 10 s. */
  static final long[] TIMES = {
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L
  };

  /** In bytes: powers of ten to 10 MB. */
  static final long[] SIZES = {10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000};

  private final long[] bounds;
  private final LongAdder[] buckets;
  private final LongAdder sum = new LongAdder();

  /**
   * A histogram.
   *
   * @param bounds growing; not changed afterwards
   */
  Histogram(long[] bounds) {
    this.bounds = bounds;
    buckets = new LongAdder[bounds.length + 1];
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  void observe(long value) {
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sum.add(value);
  }

  /**
   * The counts in the unit of a metric.
   *
   * @param scale what a whole number is in that unit: 1e-9 for nanoseconds as seconds
   */
  MetricsText.Buckets scaled(double scale) {
    return new MetricsText.Buckets() {
      @Override
      public int buckets() {
        return bounds.length;
      }

      @Override
      public double bound(int i) {
        return bounds[i] * scale;
      }

      @Override
      public long count(int i) {
        return buckets[i].sum();
      }

      @Override
      public double sum() {
        return sum.sum() * scale;
      }
    };
  }
}
