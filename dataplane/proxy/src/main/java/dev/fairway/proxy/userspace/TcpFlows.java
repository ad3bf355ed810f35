// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.ProxyMetrics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The open TCP connections of a proxier. Thread-safe. */
final class TcpFlows {
  private final Set<TcpFlow> open = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition empty = lock.newCondition();
  private final ProxyMetrics metrics;
  private final int max;

  TcpFlows(int max, ProxyMetrics metrics) {
    this.max = max;
    this.metrics = metrics;
  }

  /** Counts a new connection in; false if there are too many. */
  boolean add(TcpFlow flow) {
    if (metrics.tcpActive.incrementAndGet() > max) {
      metrics.tcpActive.decrementAndGet();
      return false;
    }
    open.add(flow);
    return true;
  }

  /** Whether few more connections are let in: less than a sixteenth of the limit is left. */
  boolean isScarce() {
    return metrics.tcpActive.getOpaque() >= max - max / 16;
  }

  boolean isFull() {
    return metrics.tcpActive.getOpaque() >= max;
  }

  void remove(TcpFlow flow) {
    if (open.remove(flow) && metrics.tcpActive.decrementAndGet() == 0) {
      lock.lock();
      try {
        empty.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits for all connections to end by themselves. */
  boolean awaitEmpty(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (!open.isEmpty()) {
        if (left <= 0) {
          return false;
        }
        // The count may reach zero between the check and the wait, so look again now and then.
        left -=
            TimeUnit.MILLISECONDS.toNanos(50)
                - Math.max(0, empty.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50))));
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  void closeAll() {
    open.forEach(TcpFlow::closeLater);
  }
}
