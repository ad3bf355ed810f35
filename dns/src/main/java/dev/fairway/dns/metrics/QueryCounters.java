// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the queries and responses of one event loop, which alone may count; anybody may read. No
 * count takes a lock or a locked instruction.
 */
public final class QueryCounters {
  /** Seconds: upper bounds of the buckets of durations. */
  static final double[] SECONDS = doubling(0.00025, 16);

  /** Octets: upper bounds of the buckets of sizes. */
  static final int[] OCTETS = {
    0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000
  };

  static final String[] TYPES = typeLabels();
  static final int CHANNELS = Channel.values().length;
  static final int ANSWERERS = Answerer.values().length;
  private static final int[] TYPE_INDEX = typeIndex();

  /** Every so many answers one is timed; those between count as it does. */
  private static final int TIMED = 8;

  private static final long[] NANOS = nanos();

  private final AtomicLongArray requests = new AtomicLongArray(CHANNELS * 2 * TYPES.length);
  private final AtomicLongArray dnssecOk = new AtomicLongArray(CHANNELS);
  private final AtomicLongArray responses =
      new AtomicLongArray(CHANNELS * ANSWERERS * Rcode.count());
  private final Sizes requestSizes = new Sizes();
  private final Sizes responseSizes = new Sizes();
  private final AtomicLongArray durations = new AtomicLongArray(CHANNELS * (SECONDS.length + 1));
  private final AtomicLongArray durationNanos = new AtomicLongArray(CHANNELS);
  private int untimed;
  private long lastNanos;
  private int lastBucket;

  /** How many octets messages had. */
  static final class Sizes {
    private static final int WIDTH = OCTETS.length + 1;
    private final AtomicLongArray buckets = new AtomicLongArray(CHANNELS * WIDTH);
    private final AtomicLongArray sums = new AtomicLongArray(CHANNELS);

    void add(int channel, int octets) {
      int bucket = 0;
      while (bucket < OCTETS.length && octets > OCTETS[bucket]) {
        bucket++;
      }
      count(buckets, channel * WIDTH + bucket, 1);
      count(sums, channel, octets);
    }

    long bucket(int channel, int i) {
      return buckets.getOpaque(channel * WIDTH + i);
    }

    long sum(int channel) {
      return sums.getOpaque(channel);
    }
  }

  /** Whether this query's time is to be taken: a clock costs as much as the answer's lookup. */
  public boolean isTimed() {
    untimed = untimed == 0 ? TIMED - 1 : untimed - 1;
    return untimed == TIMED - 1;
  }

  /** A well-formed question came in. */
  public void request(Channel over, boolean v4, int type, boolean wantsDnssec, int octets) {
    int channel = over.ordinal();
    int label = type < TYPE_INDEX.length ? TYPE_INDEX[type] : TYPES.length - 1;
    count(requests, (channel * 2 + (v4 ? 0 : 1)) * TYPES.length + label, 1);
    requestSizes.add(channel, octets);
    if (wantsDnssec) {
      count(dnssecOk, channel, 1);
    }
  }

  /**
   * A response was made.
   *
   * @param nanos what it took, negative if nobody looked at the clock
   */
  public void response(Channel over, Answerer by, int rcode, int octets, long nanos) {
    int channel = over.ordinal();
    int code = rcode < Rcode.count() ? rcode : Rcode.SERVFAIL;
    count(responses, (channel * ANSWERERS + by.ordinal()) * Rcode.count() + code, 1);
    responseSizes.add(channel, octets);
    if (nanos >= 0) {
      lastNanos = nanos;
      lastBucket = 0;
      while (lastBucket < NANOS.length && nanos > NANOS[lastBucket]) {
        lastBucket++;
      }
    }
    count(durations, channel * (SECONDS.length + 1) + lastBucket, 1);
    count(durationNanos, channel, lastNanos);
  }

  private static void count(AtomicLongArray counters, int i, long by) {
    counters.setOpaque(i, counters.getPlain(i) + by);
  }

  long requests(int channel, boolean v4, int type) {
    return requests.getOpaque((channel * 2 + (v4 ? 0 : 1)) * TYPES.length + type);
  }

  long dnssecOk(int channel) {
    return dnssecOk.getOpaque(channel);
  }

  long responses(int channel, int answerer, int rcode) {
    return responses.getOpaque((channel * ANSWERERS + answerer) * Rcode.count() + rcode);
  }

  Sizes requestSizes() {
    return requestSizes;
  }

  Sizes responseSizes() {
    return responseSizes;
  }

  long duration(int channel, int bucket) {
    return durations.getOpaque(channel * (SECONDS.length + 1) + bucket);
  }

  double durationSum(int channel) {
    return durationNanos.getOpaque(channel) / 1e9;
  }

  private static double[] doubling(double first, int count) {
    double[] bounds = new double[count];
    double bound = first;
    for (int i = 0; i < count; i++) {
      bounds[i] = bound;
      bound *= 2;
    }
    return bounds;
  }

  private static long[] nanos() {
    return Arrays.stream(SECONDS).mapToLong(seconds -> (long) (seconds * 1e9)).toArray();
  }

  private static String[] typeLabels() {
    List<String> labels = new ArrayList<>();
    for (int type = 0; type < 256; type++) {
      String label = RecordType.label(type);
      if (!label.equals("other")) {
        labels.add(label);
      }
    }
    labels.add("other");
    return labels.toArray(new String[0]);
  }

  private static int[] typeIndex() {
    int[] index = new int[256];
    for (int type = 0; type < index.length; type++) {
      index[type] = Arrays.asList(TYPES).indexOf(RecordType.label(type));
    }
    return index;
  }
}
