// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The newest revision that clients see, for those who wait for one. Thread-safe. */
public final class AppliedRevision {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long revision = -1;
  private boolean ended;

  /** Nothing is applied yet. */
  public AppliedRevision() {}

  /** A revision is applied; an older one than before changes nothing. */
  public void set(long applied) {
    lock.lock();
    try {
      revision = Math.max(revision, applied);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing will be applied any more, so that nobody needs to wait. */
  public void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** See {@link Proxier#awaitApplied}. */
  public boolean await(long wanted, Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (revision < wanted && !ended) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
