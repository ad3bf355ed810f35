// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

import dev.fairway.dns.metrics.DnsMetrics.Sample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How long something took that does not happen often. Thread-safe. */
final class Histogram {
  private final double[] bounds;
  private final LongAdder[] buckets;
  private final LongAdder nanos = new LongAdder();

  /**
   * A histogram.
   *
   * @param bounds seconds, growing: upper bounds of the buckets
   */
  Histogram(double[] bounds) {
    this.bounds = bounds;
    buckets = new LongAdder[bounds.length + 1];
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  /** Bounds each of which is the last one times a factor. */
  static double[] growing(double first, int factor, int count) {
    double[] bounds = new double[count];
    double bound = first;
    for (int i = 0; i < count; i++) {
      bounds[i] = bound;
      bound *= factor;
    }
    return bounds;
  }

  void observe(long took) {
    int bucket = 0;
    while (bucket < bounds.length && took > bounds[bucket] * 1e9) {
      bucket++;
    }
    buckets[bucket].increment();
    nanos.add(took);
  }

  /** Adds all values, unless nothing was observed. */
  void samples(List<Sample> out, String name, Map<String, String> labels) {
    long count = 0;
    long[] cumulative = new long[buckets.length];
    for (int i = 0; i < buckets.length; i++) {
      count += buckets[i].sum();
      cumulative[i] = count;
    }
    if (count == 0) {
      return;
    }
    for (int i = 0; i < buckets.length; i++) {
      Map<String, String> all = new LinkedHashMap<>(labels);
      all.put("le", i == bounds.length ? "+Inf" : Double.toString(bounds[i]));
      out.add(new Sample(name + "_bucket", all, cumulative[i]));
    }
    out.add(new Sample(name + "_sum", labels, nanos.sum() / 1e9));
    out.add(new Sample(name + "_count", labels, count));
  }
}
