// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a file up to date with the newest snapshot, on a thread of its own and not more often than
 * once in a while, however fast the cluster changes. A file that cannot be written is tried again
 * with the next snapshot. Thread-safe.
 */
public final class SnapshotKeeper implements SnapshotListener, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SnapshotKeeper.class.getName());

  private final SnapshotFile file;
  private final InstantSource clock;
  private final ScheduledThreadPoolExecutor thread;
  private final AtomicReference<@Nullable ServiceSnapshot> newest = new AtomicReference<>();

  /**
   * Begins to write.
   *
   * @param pause between two writes at least
   */
  public SnapshotKeeper(SnapshotFile file, Duration pause, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("fairway-dns-store").factory());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.scheduleWithFixedDelay(this::writeNewest, 0, pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Does something once, on the thread of this one, unless it is closed before. */
  public void after(Duration delay, Runnable task) {
    Future<?> unused = thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void onSnapshot(SnapshotDelta delta) {
    newest.set(delta.after());
  }

  private void writeNewest() {
    ServiceSnapshot snapshot = newest.getAndSet(null);
    if (snapshot == null) {
      return;
    }
    try {
      file.write(snapshot, clock.instant());
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          () -> "cannot keep what is known of the cluster in " + file.path() + ": " + e);
    }
  }

  /** Writes what is not written yet, and ends. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.log(System.Logger.Level.WARNING, () -> file.path() + " is still being written");
        return;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    writeNewest();
  }
}
