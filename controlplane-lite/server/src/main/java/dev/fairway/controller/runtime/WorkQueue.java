// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys that need work, each at most once, never given to two workers at a time: a key added while
 * it is being worked on comes again afterwards. Its size is bounded by the number of distinct keys.
 * Thread-safe.
 */
public final class WorkQueue<K> implements AutoCloseable {
  private record Delayed<K>(K key, long dueNanos, long sequence) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final LongSupplier nanoClock;
  private final RetryBackoff backoff;
  private final ArrayDeque<K> ready = new ArrayDeque<>();
  private final Set<K> dirty = new HashSet<>();
  private final Set<K> working = new HashSet<>();
  private final PriorityQueue<Delayed<K>> delayed =
      new PriorityQueue<>(
          Comparator.comparingLong((Delayed<K> d) -> d.dueNanos())
              .thenComparingLong(Delayed::sequence));
  private final Map<K, Long> dueByKey = new HashMap<>();
  private final Map<K, Integer> failures = new HashMap<>();
  private long sequence;
  private boolean closed;

  /**
   * An empty queue.
   *
   * @param nanoClock monotonic nanoseconds, as {@link System#nanoTime}
   */
  public WorkQueue(LongSupplier nanoClock, RetryBackoff backoff) {
    this.nanoClock = nanoClock;
    this.backoff = backoff;
  }

  /** Asks for work on a key now. */
  public void add(K key) {
    lock.lock();
    try {
      addLocked(key);
    } finally {
      lock.unlock();
    }
  }

  /** Asks for work on a key after a delay; the earliest of several requests counts. */
  public void addAfter(K key, Duration delay) {
    if (delay.isNegative() || delay.isZero()) {
      add(key);
      return;
    }
    lock.lock();
    try {
      long due = nanoClock.getAsLong() + delay.toNanos();
      Long known = dueByKey.get(key);
      if (closed || (known != null && known - due <= 0)) {
        return;
      }
      dueByKey.put(key, due);
      delayed.add(new Delayed<>(key, due, sequence++));
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Asks for work on a key that failed, later after each failure in a row. */
  public void retry(K key) {
    lock.lock();
    int count;
    try {
      count = failures.merge(key, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
    addAfter(key, backoff.delay(count));
  }

  /** Forgets the failures of a key. */
  public void succeeded(K key) {
    lock.lock();
    try {
      failures.remove(key);
    } finally {
      lock.unlock();
    }
  }

  /** How often this key failed in a row. */
  public int failures(K key) {
    lock.lock();
    try {
      return failures.getOrDefault(key, 0);
    } finally {
      lock.unlock();
    }
  }

  /** The next key that is due, or null; the caller owes {@link #done}. */
  public @Nullable K poll() {
    lock.lock();
    try {
      promoteDue();
      return takeReady();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a key; null once the queue is closed. The caller owes {@link #done}. */
  public @Nullable K take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed) {
        promoteDue();
        K key = takeReady();
        if (key != null) {
          return key;
        }
        Delayed<K> next = delayed.peek();
        if (next == null) {
          changed.await();
        } else {
          long unused =
              changed.awaitNanos(
                  Math.clamp(
                      next.dueNanos() - nanoClock.getAsLong(), 1L, TimeUnit.HOURS.toNanos(1)));
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the work on a key; it comes again if it was added meanwhile. */
  public void done(K key) {
    lock.lock();
    try {
      working.remove(key);
      if (dirty.contains(key)) {
        ready.add(key);
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Keys that wait now, without those that wait for a time. */
  public int depth() {
    lock.lock();
    try {
      return ready.size();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes up every worker with null; later additions are ignored. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void addLocked(K key) {
    if (closed || !dirty.add(key)) {
      return;
    }
    if (!working.contains(key)) {
      ready.add(key);
      changed.signal();
    }
  }

  private @Nullable K takeReady() {
    K key = ready.poll();
    if (key != null) {
      dirty.remove(key);
      working.add(key);
    }
    return key;
  }

  private void promoteDue() {
    long now = nanoClock.getAsLong();
    for (Delayed<K> next = delayed.peek();
        next != null && next.dueNanos() - now <= 0;
        next = delayed.peek()) {
      delayed.poll();
      if (dueByKey.remove(next.key(), next.dueNanos())) {
        addLocked(next.key());
      }
    }
  }
}
