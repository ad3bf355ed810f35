// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.status;

import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes statuses one after the other. One that could not be written for a reason that may pass is
 * tried again after a second, unless other writes are wanted by then. Thread-safe; one virtual
 * thread writes.
 *
 * @param <K> names an object
 * @param <V> what is written
 */
public final class StatusQueue<K, V> implements AutoCloseable {
  /** Writes the status of one object. */
  public interface Writer<K, V> {
    void write(K object, V status) throws IOException, KubeApiException, InterruptedException;
  }

  private record Task<K, V>(K object, V status, long round) {}

  private static final Logger LOG = System.getLogger(StatusQueue.class.getName());
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final String kind;
  private final Writer<K, V> writer;
  private final Duration retry;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition idle = lock.newCondition();
  private final Map<K, V> pending = new LinkedHashMap<>();
  private final Thread thread;
  private long round;
  private boolean busy;
  private boolean closed;

  /**
   * @param kind of objects, for the name of the thread
   */
  public StatusQueue(String kind, Writer<K, V> writer) {
    this(kind, writer, RETRY);
  }

  /**
   * @param retry how long to wait after a write that failed
   */
  StatusQueue(String kind, Writer<K, V> writer, Duration retry) {
    this.kind = kind;
    this.writer = writer;
    this.retry = retry;
    thread = Thread.ofVirtual().name(kind + "-status").start(this::writeLoop);
  }

  /** These writes are wanted now, and no others. */
  public void replace(Map<K, V> writes) {
    lock.lock();
    try {
      round++;
      pending.clear();
      pending.putAll(writes);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything is written, for so long at most. */
  public void awaitIdle(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      long left = atMost.toNanos();
      while (left > 0 && !closed && (busy || !pending.isEmpty())) {
        left = idle.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
      idle.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }

  private void writeLoop() {
    try {
      for (Task<K, V> task = next(); task != null; task = next()) {
        if (!write(task)) {
          TimeUnit.NANOSECONDS.sleep(retry.toNanos());
          again(task);
        }
      }
    } catch (InterruptedException stopped) {
      LOG.log(Level.DEBUG, "writer of statuses stopped kind={0}", kind);
    }
  }

  private @Nullable Task<K, V> next() throws InterruptedException {
    lock.lock();
    try {
      busy = false;
      while (pending.isEmpty() && !closed) {
        idle.signalAll();
        work.await();
      }
      if (closed) {
        return null;
      }
      Map.Entry<K, V> first = pending.entrySet().iterator().next();
      Task<K, V> task = new Task<>(first.getKey(), first.getValue(), round);
      pending.remove(task.object);
      busy = true;
      return task;
    } finally {
      lock.unlock();
    }
  }

  private void again(Task<K, V> task) {
    lock.lock();
    try {
      if (task.round == round) {
        pending.put(task.object, task.status);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the status is written, or trying again would not help. */
  private boolean write(Task<K, V> task) throws InterruptedException {
    try {
      writer.write(task.object, task.status);
      return true;
    } catch (KubeApiException refused) {
      boolean gone = refused.isNotFound();
      // Where the object was changed meanwhile, its newer version brings another write.
      if (!gone && refused.code() != 409) {
        LOG.log(
            Level.WARNING,
            "status was not written object={0}: {1}",
            task.object,
            refused.getMessage());
      }
      return gone || refused.code() == 422 || refused.code() == 403;
    } catch (IOException unreachable) {
      LOG.log(Level.DEBUG, "a status was not written, trying again kind=" + kind, unreachable);
      return false;
    }
  }
}
