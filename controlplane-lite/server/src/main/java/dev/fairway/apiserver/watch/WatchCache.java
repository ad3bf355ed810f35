// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import dev.fairway.apiserver.storage.Change;
import dev.fairway.apiserver.storage.StoredObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one resource and their recent changes.
 *
 * <p><b>Watches</b> read the ring with a {@link WatchCursor} each. There is no queue per watch: a
 * watch that is slower than the ring is long finds its place gone and ends, and whoever writes
 * never waits for it. The ring is bounded by a number of changes and by their size.
 *
 * <p><b>Older revisions</b> are made by undoing the changes in the ring, so a paged list stays
 * consistent without remembering who pages.
 *
 * <p>Thread-safe; {@link #apply} is called by one thread.
 */
public final class WatchCache {
  private final LongSupplier committedRevision;
  private final Change[] ring;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private volatile Snapshot current;

  // Guarded by lock. Sequence numbers count changes; the ring holds first..next-1.
  private long first;
  private long next;
  private long ringBytes;
  private long compactedRevision;
  private boolean closed;

  /**
   * A cache that starts from what is stored.
   *
   * @param capacity changes to keep
   * @param maxBytes JSON bytes of changes to keep
   * @param committedRevision the store's revision; everything up to it was applied here
   */
  public WatchCache(
      Collection<StoredObject> initial,
      int capacity,
      long maxBytes,
      LongSupplier committedRevision) {
    this.committedRevision = committedRevision;
    this.ring = new Change[capacity];
    this.maxBytes = maxBytes;
    SortedObjects objects = SortedObjects.EMPTY;
    for (StoredObject object : initial) {
      objects = objects.with(object);
    }
    long revision = committedRevision.getAsLong();
    this.current = new Snapshot(revision, objects);
    this.compactedRevision = revision;
  }

  /** Takes over committed changes of this resource, in revision order, and wakes the watches. */
  public void apply(List<Change> changes) {
    lock.lock();
    try {
      SortedObjects objects = current.objects();
      long revision = current.revision();
      for (Change change : changes) {
        revision = change.object().revision();
        objects =
            change.type() == Change.Type.DELETED
                ? objects.without(change.object().id())
                : objects.with(change.object());
        append(change);
      }
      current = new Snapshot(revision, objects);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void append(Change change) {
    long bytes = change.object().json().length;
    while (next - first == ring.length || (ringBytes + bytes > maxBytes && next > first)) {
      Change gone = at(first++);
      ringBytes -= gone.object().json().length;
      compactedRevision = gone.object().revision();
    }
    ring[(int) (next++ % ring.length)] = change;
    ringBytes += bytes;
  }

  private Change at(long sequence) {
    return ring[(int) (sequence % ring.length)];
  }

  /** All objects now, with the newest revision that is true for them. */
  public Snapshot snapshot() {
    long committed = committedRevision.getAsLong(); // before the state: never claims too much
    Snapshot state = current;
    return state.revision() >= committed ? state : new Snapshot(committed, state.objects());
  }

  /**
   * All objects as they were at a revision.
   *
   * @throws CompactedException if that is longer ago than the ring reaches
   */
  public Snapshot snapshotAt(long revision) throws CompactedException {
    lock.lock();
    try {
      if (revision < compactedRevision) {
        throw new CompactedException(revision, compactedRevision);
      }
      SortedObjects objects = current.objects();
      for (long i = next - 1; i >= first && at(i).object().revision() > revision; i--) {
        Change change = at(i);
        StoredObject previous = change.previous();
        objects = previous == null ? objects.without(change.object().id()) : objects.with(previous);
      }
      return new Snapshot(revision, objects);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Starts to read the changes after a revision.
   *
   * @throws CompactedException if changes after it are no longer kept
   */
  public WatchCursor watch(long revision) throws CompactedException {
    lock.lock();
    try {
      if (revision < compactedRevision) {
        throw new CompactedException(revision, compactedRevision);
      }
      long low = first;
      long high = next;
      while (low < high) {
        long middle = (low + high) >>> 1;
        if (at(middle).object().revision() <= revision) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return new WatchCursor(this, low, revision);
    } finally {
      lock.unlock();
    }
  }

  /** Ends all watches. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What a cursor reads: changes from a place on, or none and how far the silence reaches. */
  record Read(List<Change> changes, long revision, boolean closed) {}

  @Nullable Read read(long sequence, long position, int max, long waitNanos)
      throws InterruptedException {
    long left = waitNanos;
    lock.lock();
    try {
      while (true) {
        long committed = committedRevision.getAsLong();
        if (sequence < first) {
          return null;
        }
        if (sequence < next || closed || left <= 0) {
          long end = Math.min(next, sequence + max);
          List<Change> changes = new ArrayList<>((int) (end - sequence));
          for (long i = sequence; i < end; i++) {
            changes.add(at(i));
          }
          long revision =
              changes.isEmpty()
                  ? Math.max(position, committed)
                  : changes.getLast().object().revision();
          return new Read(changes, revision, closed);
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
