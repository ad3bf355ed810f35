// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads that include our own writes: lays what the API answered to a controller's create, patch and
 * delete calls over the informer's cache until the watch has delivered it, so that an old cache
 * never makes a controller create or delete twice. An entry that the watch never confirms (the
 * object came and went while the watch was broken) ends after a time. Thread-safe.
 *
 * @param <T> the kind
 */
public final class OwnWrites<T extends KubeObject> {
  private static final int REMEMBERED_DELETIONS = 4096;

  private record Written<T>(@Nullable T object, String uid, long version, long sinceNanos) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ObjectKey, Written<T>> written = new LinkedHashMap<>();
  private final Set<String> gone = new LinkedHashSet<>();
  private final LongSupplier nanoClock;
  private final long expiryNanos;

  /**
   * Nothing written yet.
   *
   * @param expiry how long a write that the watch does not confirm counts
   */
  public OwnWrites(LongSupplier nanoClock, Duration expiry) {
    this.nanoClock = nanoClock;
    this.expiryNanos = expiry.toNanos();
  }

  /** Notes what a create or patch call returned. */
  public void wrote(T object) {
    lock.lock();
    try {
      if (!gone.contains(object.metadata().uid())) {
        written.put(
            object.key(),
            new Written<>(object, object.metadata().uid(), version(object), nanoClock.getAsLong()));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes that a delete call for this object succeeded. */
  public void deleted(T object) {
    lock.lock();
    try {
      if (!gone.contains(object.metadata().uid())) {
        written.put(
            object.key(),
            new Written<>(null, object.metadata().uid(), version(object), nanoClock.getAsLong()));
      }
    } finally {
      lock.unlock();
    }
  }

  /** The watch delivered this state of an object. */
  public void observed(T object) {
    lock.lock();
    try {
      Written<T> entry = written.get(object.key());
      if (entry == null) {
        return;
      }
      boolean same = entry.uid().equals(object.metadata().uid());
      boolean confirmed =
          entry.object() == null
              ? same && object.metadata().isTerminating()
              : version(object) >= entry.version();
      if (confirmed || (!same && version(object) > entry.version())) {
        written.remove(object.key());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The watch delivered that an object is gone. */
  public void observedDeletion(T object) {
    lock.lock();
    try {
      String uid = object.metadata().uid();
      gone.add(uid);
      if (gone.size() > REMEMBERED_DELETIONS) {
        gone.remove(gone.iterator().next());
      }
      Written<T> entry = written.get(object.key());
      if (entry != null && entry.uid().equals(uid)) {
        written.remove(object.key());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The newest known state of one object; null if it does not exist or we deleted it. */
  public @Nullable T newest(ObjectKey key, @Nullable T cached) {
    lock.lock();
    try {
      Written<T> entry = valid(key);
      return entry == null ? cached : resolve(entry, cached);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The newest known states of some objects.
   *
   * @param cached what the cache has
   * @param belongs which written objects belong to the same set
   */
  public List<T> newest(Collection<T> cached, Predicate<T> belongs) {
    lock.lock();
    try {
      List<T> result = new ArrayList<>(cached.size());
      if (written.isEmpty()) {
        result.addAll(cached);
        return result;
      }
      Set<ObjectKey> seen = new HashSet<>();
      for (T object : cached) {
        seen.add(object.key());
        Written<T> entry = valid(object.key());
        T newest = entry == null ? object : resolve(entry, object);
        if (newest != null && (entry == null || belongs.test(newest))) {
          result.add(newest);
        }
      }
      for (ObjectKey key : List.copyOf(written.keySet())) {
        Written<T> entry = valid(key);
        if (entry != null
            && entry.object() != null
            && belongs.test(entry.object())
            && seen.add(key)) {
          result.add(entry.object());
        }
      }
      return result;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Written<T> valid(ObjectKey key) {
    Written<T> entry = written.get(key);
    if (entry != null && nanoClock.getAsLong() - entry.sinceNanos() > expiryNanos) {
      written.remove(key);
      return null;
    }
    return entry;
  }

  private static <T extends KubeObject> @Nullable T resolve(Written<T> entry, @Nullable T cached) {
    if (cached == null) {
      return entry.object();
    }
    if (entry.object() == null) {
      return entry.uid().equals(cached.metadata().uid()) ? null : cached;
    }
    return version(cached) >= entry.version() ? cached : entry.object();
  }

  /** Resource versions are numbers that only grow (KEP-5504). */
  static long version(KubeObject object) {
    String text = object.metadata().resourceVersion();
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
