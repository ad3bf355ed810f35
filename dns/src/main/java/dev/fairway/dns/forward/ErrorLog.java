// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Logs failures, but never more than a reader can take: those of one kind as their number, others
 * up to {@link #MAX_LINES} in a period. Thread-safe.
 */
final class ErrorLog {
  static final int MAX_LINES = 10;
  private static final long PERIOD_NS = 10_000_000_000L;

  private static final class Group {
    final ErrorLogOptions.Consolidated options;
    final AtomicInteger count = new AtomicInteger();

    Group(ErrorLogOptions.Consolidated options) {
      this.options = options;
    }
  }

  private final ErrorLogOptions options;
  private final Group[] groups;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;
  private final BiConsumer<System.Logger.Level, String> out;
  private final AtomicInteger lines = new AtomicInteger();
  private volatile long periodEnd;

  /**
   * A log.
   *
   * @param out takes lines
   */
  ErrorLog(
      ErrorLogOptions options,
      ScheduledExecutorService timer,
      LongSupplier nanoTime,
      BiConsumer<System.Logger.Level, String> out) {
    this.options = options;
    this.groups = options.consolidated().stream().map(Group::new).toArray(Group[]::new);
    this.timer = timer;
    this.nanoTime = nanoTime;
    this.out = out;
    this.periodEnd = nanoTime.getAsLong() + PERIOD_NS;
  }

  /** Something failed. */
  void error(Supplier<String> message) {
    if (!options.on()) {
      return;
    }
    if (groups.length > 0) {
      String text = message.get();
      for (Group group : groups) {
        if (group.options.pattern().matcher(text).find()) {
          count(group, text);
          return;
        }
      }
    }
    long now = nanoTime.getAsLong();
    if (now - periodEnd >= 0) {
      periodEnd = now + PERIOD_NS;
      int more = lines.getAndSet(0) - MAX_LINES;
      if (more > 0) {
        out.accept(System.Logger.Level.WARNING, more + " more errors were not logged");
      }
    }
    if (lines.getAndIncrement() < MAX_LINES) {
      out.accept(System.Logger.Level.WARNING, message.get());
    }
  }

  private void count(Group group, String text) {
    if (group.count.getAndIncrement() > 0) {
      return;
    }
    if (group.options.showFirst()) {
      out.accept(group.options.level(), text);
    }
    try {
      timer.schedule(() -> summary(group), group.options.period().toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      summary(group);
    }
  }

  private void summary(Group group) {
    int count = group.count.getAndSet(0);
    if (count > (group.options.showFirst() ? 1 : 0)) {
      out.accept(
          group.options.level(),
          count
              + " errors like '"
              + group.options.pattern()
              + "' occurred in last "
              + group.options.period().toSeconds()
              + "s");
    }
  }
}
