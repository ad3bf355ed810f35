// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A clock that stands still until a test moves it. Sleeping moves it, too, and is recorded. */
final class FakeTimers implements Timers {
  final List<Duration> sleeps = new CopyOnWriteArrayList<>();
  private final List<Waiting> alarms = new ArrayList<>();
  private long now = 1_000;

  private record Waiting(long at, Runnable task) {}

  @Override
  public long nanoTime() {
    synchronized (alarms) {
      return now;
    }
  }

  @Override
  public void sleep(Duration time) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    sleeps.add(time);
    advance(time);
  }

  @Override
  public Alarm schedule(Duration delay, Runnable task) {
    synchronized (alarms) {
      Waiting waiting = new Waiting(now + delay.toNanos(), task);
      alarms.add(waiting);
      return () -> {
        synchronized (alarms) {
          alarms.remove(waiting);
        }
      };
    }
  }

  /** Moves the clock and runs the alarms whose time has come, in the calling thread. */
  void advance(Duration time) {
    List<Waiting> due;
    synchronized (alarms) {
      now += time.toNanos();
      due = alarms.stream().filter(alarm -> alarm.at() <= now).toList();
      alarms.removeAll(due);
    }
    due.forEach(alarm -> alarm.task().run());
  }
}
