// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A moving average of response times that jumps to a peak at once and forgets it over ten seconds.
 * Value and time are one long, so that any thread may update it without a lock.
 */
final class PeakEwma {
  private static final double DECAY_NANOS = 10e9;

  /** Time is kept in units of 2^20 ns (about 1 ms): 32 bits of it last for 52 days. */
  private static final int TIME_SHIFT = 20;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(PeakEwma.class, "state", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private volatile long state;

  /** Begins with a value, where others have one. */
  void start(double nanos, long nanoTime) {
    state = pack(nanos, nanoTime);
  }

  /** Takes a response time into account. */
  void record(long nanos, long nanoTime) {
    while (true) {
      long before = state;
      double old = value(before);
      double weight = weight(before, nanoTime);
      double next = nanos > old ? nanos : old * weight + nanos * (1 - weight);
      if (STATE.compareAndSet(this, before, pack(next, nanoTime))) {
        return;
      }
    }
  }

  /**
   * The average in nanoseconds; without responses it goes down to 0, so that one is tried again.
   */
  double get(long nanoTime) {
    long now = state;
    double value = value(now);
    return value == 0 ? 0 : value * weight(now, nanoTime);
  }

  private static double weight(long packed, long nanoTime) {
    int age = (int) (nanoTime >> TIME_SHIFT) - (int) packed;
    return age <= 0 ? 1 : Math.exp(-((double) age * (1 << TIME_SHIFT)) / DECAY_NANOS);
  }

  private static double value(long packed) {
    return Float.intBitsToFloat((int) (packed >>> 32));
  }

  private static long pack(double nanos, long nanoTime) {
    long bits = Float.floatToRawIntBits((float) nanos) & 0xFFFF_FFFFL;
    return bits << 32 | ((nanoTime >> TIME_SHIFT) & 0xFFFF_FFFFL);
  }
}
