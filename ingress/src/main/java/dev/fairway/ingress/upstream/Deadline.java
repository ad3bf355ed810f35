// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One movable deadline. Moving it later costs a field write: the timer that is already scheduled
 * finds out when it fires. Confined to its event loop.
 */
public final class Deadline {
  private final EventLoop loop;
  private final Runnable onExpired;
  private @Nullable Future<?> timer;
  private long timerNanos;
  private long deadlineNanos;
  private boolean armed;

  public Deadline(EventLoop loop, Runnable onExpired) {
    this.loop = loop;
    this.onExpired = onExpired;
  }

  /** Expires after the given time from now, unless set again or cleared before. */
  public void set(long nanos) {
    deadlineNanos = loop.ticker().nanoTime() + nanos;
    armed = true;
    Future<?> scheduled = timer;
    if (scheduled == null) {
      schedule(nanos);
    } else if (timerNanos - deadlineNanos > 0) {
      scheduled.cancel(false);
      schedule(nanos);
    }
  }

  /** Forgets the deadline; the timer stays for the next one. */
  public void clear() {
    armed = false;
  }

  /** Forgets the deadline and the timer. */
  public void cancel() {
    armed = false;
    Future<?> scheduled = timer;
    if (scheduled != null) {
      scheduled.cancel(false);
      timer = null;
    }
  }

  private void schedule(long nanos) {
    timerNanos = deadlineNanos;
    timer = loop.schedule(this::fired, nanos, TimeUnit.NANOSECONDS);
  }

  private void fired() {
    timer = null;
    if (!armed) {
      return;
    }
    long left = deadlineNanos - loop.ticker().nanoTime();
    if (left > 0) {
      schedule(left);
    } else {
      armed = false;
      onExpired.run();
    }
  }
}
