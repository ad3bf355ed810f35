// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.metrics.MetricsText;
import java.util.Arrays;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Counts of values by upper bound, as Prometheus understands histograms. Thread-safe. */
public final class Histogram implements MetricsText.Buckets {
  private final double[] bounds;
  private final LongAdder[] counts;
  private final DoubleAdder sum = new DoubleAdder();

  private Histogram(double[] bounds) {
    this.bounds = bounds;
    counts = new LongAdder[bounds.length + 1];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  /** Buckets of {@code first}, {@code first * 2}, {@code first * 4} and so on. */
  public static Histogram doubling(double first, int buckets) {
    double[] bounds = new double[buckets];
    for (int i = 0; i < buckets; i++) {
      bounds[i] = first * (1L << i);
    }
    return new Histogram(bounds);
  }

  /**
   * The buckets of kube-proxy's network programming duration: .25 and .5 s, each second to 59, each
   * 5 s to 115, each 30 s to 300.
   */
  public static Histogram networkProgramming() {
    double[] bounds = new double[2 + 59 + 12 + 7];
    bounds[0] = 0.25;
    bounds[1] = 0.5;
    int n = 2;
    for (int second = 1; second < 60; second++) {
      bounds[n++] = second;
    }
    for (int second = 60; second < 120; second += 5) {
      bounds[n++] = second;
    }
    for (int second = 120; second <= 300; second += 30) {
      bounds[n++] = second;
    }
    return new Histogram(bounds);
  }

  /** Counts a value. */
  public void observe(double value) {
    int at = Arrays.binarySearch(bounds, value);
    counts[at < 0 ? -at - 1 : at].increment();
    sum.add(value);
  }

  /** The number of bounded buckets; one more, without bound, follows them. */
  @Override
  public int buckets() {
    return bounds.length;
  }

  /** The greatest value that bucket i counts. */
  @Override
  public double bound(int i) {
    return bounds[i];
  }

  /** Values in bucket i alone. */
  @Override
  public long count(int i) {
    return counts[i].sum();
  }

  /** All values that were counted. */
  public long count() {
    long total = 0;
    for (LongAdder count : counts) {
      total += count.sum();
    }
    return total;
  }

  /** The sum of all values. */
  @Override
  public double sum() {
    return sum.sum();
  }

  @Override
  public String toString() {
    return "histogram of " + count() + " values";
  }
}
