// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The system's clock; one daemon thread runs all alarms. */
enum SystemTimers implements Timers {
  INSTANCE;

  private final ScheduledThreadPoolExecutor alarms;

  SystemTimers() {
    alarms =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("fairway-kube-alarms").factory());
    alarms.setRemoveOnCancelPolicy(true);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void sleep(Duration time) throws InterruptedException {
    Thread.sleep(time);
  }

  @Override
  public Alarm schedule(Duration delay, Runnable task) {
    Future<?> future = alarms.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }
}
