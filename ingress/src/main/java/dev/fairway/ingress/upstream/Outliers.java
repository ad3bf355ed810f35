// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.UpstreamPolicy;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Takes endpoints out of service that fail several times in a row, and brings them back after a
 * while; knows when so many are out that all are better used. Requests pay for it only when
 * something changes. Thread-safe.
 */
final class Outliers {
  /** The ejections of an endpoint that count, and when the last one ended or will end. */
  private record Ejection(int count, long endNanos) {}

  private final UpstreamPolicy policy;
  private final Supplier<EndpointGroup> current;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Endpoint, Ejection> ejections = new IdentityHashMap<>();
  private final LongAdder ejected = new LongAdder();
  private volatile int ejectedNow;
  private volatile long nextReturnNanos;
  private volatile boolean panic;

  /**
   * @param current the endpoints that take requests now
   */
  Outliers(UpstreamPolicy policy, Supplier<EndpointGroup> current) {
    this.policy = policy;
    this.current = current;
  }

  /** Counts an outcome for an endpoint. */
  void record(Endpoint endpoint, Outcome outcome, long nanoTime) {
    switch (outcome) {
      case SUCCESS -> endpoint.succeeded();
      case SERVER_ERROR, FAILURE -> {
        int limit = policy.outliers().consecutiveFailures();
        if (limit > 0 && endpoint.failed() >= limit && !endpoint.isEjected()) {
          eject(endpoint, nanoTime);
        }
      }
      case ABANDONED -> {}
    }
  }

  /** Brings back whose time has come; call before each choice. */
  void sweep(long nanoTime) {
    if (ejectedNow > 0 && nanoTime - nextReturnNanos >= 0) {
      refresh(nanoTime);
    }
  }

  /** Whether so many endpoints are out of service that all are used. */
  boolean isPanic() {
    return panic;
  }

  /** How many endpoints are ejected now. */
  int ejectedNow() {
    return ejectedNow;
  }

  /** How often endpoints were ejected. */
  long ejections() {
    return ejected.sum();
  }

  /** Counts again, after the group changed or an endpoint became healthy or unhealthy. */
  void refresh(long nanoTime) {
    lock.lock();
    try {
      EndpointGroup group = current.get();
      ejections.keySet().removeIf(endpoint -> !group.contains(endpoint));
      int out = 0;
      int inEjection = 0;
      long next = Long.MAX_VALUE;
      for (int i = 0; i < group.size(); i++) {
        Endpoint endpoint = group.get(i);
        Ejection last = ejections.get(endpoint);
        if (last != null && endpoint.isEjected()) {
          long left = last.endNanos() - nanoTime;
          if (left <= 0) {
            endpoint.succeeded();
            endpoint.ejected(false);
          } else {
            inEjection++;
            next = Math.min(next, left);
          }
        }
        if (!endpoint.isInService()) {
          out++;
        }
      }
      nextReturnNanos = nanoTime + next;
      ejectedNow = inEjection;
      panic = out > 0 && (group.size() - out) * 100L < (long) policy.panicPercent() * group.size();
    } finally {
      lock.unlock();
    }
  }

  private void eject(Endpoint endpoint, long nanoTime) {
    lock.lock();
    try {
      int size = current.get().size();
      int most = Math.max(1, size * policy.outliers().maxEjectedPercent() / 100);
      boolean over = endpoint.isEjected() || endpoint.isRetired();
      if (over || ejectedNow >= Math.min(most, size - 1)) {
        return;
      }
      Ejection last = ejections.get(endpoint);
      int count = last == null ? 1 : remembered(last, nanoTime) + 1;
      long base = policy.outliers().baseEjection().toNanos();
      long duration = Math.min(base * count, policy.outliers().maxEjection().toNanos());
      ejections.put(endpoint, new Ejection(count, nanoTime + duration));
      endpoint.ejected(true);
      ejected.increment();
    } finally {
      lock.unlock();
    }
    refresh(nanoTime);
  }

  private int remembered(Ejection last, long nanoTime) {
    long forgotten = (nanoTime - last.endNanos()) / policy.outliers().forgetAfter().toNanos();
    return (int) Math.max(0, last.count() - Math.max(0, forgotten));
  }
}
