// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.util.concurrent.locks.ReentrantLock;

/**
 * How long an upstream takes: a histogram with buckets that grow by a quarter, halved now and then
 * so that old times fade. Thread-safe.
 */
final class LatencyStats {
  private static final int BUCKETS = 80;
  private static final double GROWTH = 1.25;
  private static final double FIRST_NS = 20_000;
  private static final int HALVE_AT = 512;
  private static final int ENOUGH = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private final int[] counts = new int[BUCKETS];
  private int total;

  void record(long nanos) {
    int bucket = nanos <= FIRST_NS ? 0 : 1 + (int) (Math.log(nanos / FIRST_NS) / Math.log(GROWTH));
    lock.lock();
    try {
      counts[Math.min(bucket, BUCKETS - 1)]++;
      if (++total >= HALVE_AT) {
        total = 0;
        for (int i = 0; i < BUCKETS; i++) {
          counts[i] /= 2;
          total += counts[i];
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** The time, in nanoseconds, below which 99 of 100 answers come; {@code unknown} at first. */
  long p99(long unknown) {
    lock.lock();
    try {
      if (total < ENOUGH) {
        return unknown;
      }
      int above = total - (total + 99) / 100;
      int seen = 0;
      for (int i = 0; i < BUCKETS; i++) {
        seen += counts[i];
        if (seen > above || seen == total) {
          return (long) (FIRST_NS * Math.pow(GROWTH, i));
        }
      }
      return unknown;
    } finally {
      lock.unlock();
    }
  }
}
