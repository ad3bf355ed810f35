// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * How the scheduler runs.
 *
 * @param clock the time for conditions and Events
 * @param nanoClock monotonic nanoseconds for delays
 */
public record SchedulerOptions(InstantSource clock, LongSupplier nanoClock) {

  /** The clocks of the system. */
  public static SchedulerOptions defaults() {
    return new SchedulerOptions(InstantSource.system(), System::nanoTime);
  }
}
