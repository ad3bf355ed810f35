// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.time.Duration;

/** Time as a parameter: a monotonic clock, sleeping and alarms. Thread-safe. */
public interface Timers {

  /** Nanoseconds of a clock that only goes forward; the origin is arbitrary. */
  long nanoTime();

  /**
   * Waits.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  void sleep(Duration time) throws InterruptedException;

  /** Runs a short task once, on another thread, after a delay. Cancelling twice is harmless. */
  Alarm schedule(Duration delay, Runnable task);

  /** The system's clock. */
  static Timers system() {
    return SystemTimers.INSTANCE;
  }

  /** A task that waits for its time. */
  @FunctionalInterface
  interface Alarm {
    /** Forgets the task if it has not started. */
    void cancel();
  }
}
