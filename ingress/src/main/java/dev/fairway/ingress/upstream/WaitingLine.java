// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for a place, the longest waiting one first. While nobody waits, which is
 * nearly always, it costs the read of a field. Thread-safe.
 */
final class WaitingLine {
  private final int limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Waiter> line = new LinkedHashSet<>();
  private final LongAdder refused = new LongAdder();
  private volatile int size;

  WaitingLine(int limit) {
    this.limit = limit;
  }

  boolean add(Waiter waiter) {
    lock.lock();
    try {
      if (line.size() >= limit) {
        refused.increment();
        return false;
      }
      line.add(waiter);
      size = line.size();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the waiter was still in the line. */
  boolean remove(Waiter waiter) {
    lock.lock();
    try {
      boolean removed = line.remove(waiter);
      size = line.size();
      return removed;
    } finally {
      lock.unlock();
    }
  }

  /** Calls the first one. */
  void next() {
    if (size > 0) {
      Waiter first = takeFirst();
      if (first != null) {
        first.placeFree();
      }
    }
  }

  /** Calls all. */
  void all() {
    for (int left = size; left > 0; left--) {
      next();
    }
  }

  int size() {
    return size;
  }

  long refused() {
    return refused.sum();
  }

  private @Nullable Waiter takeFirst() {
    lock.lock();
    try {
      var all = line.iterator();
      if (!all.hasNext()) {
        return null;
      }
      Waiter first = all.next();
      all.remove();
      size = line.size();
      return first;
    } finally {
      lock.unlock();
    }
  }
}
