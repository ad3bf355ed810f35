// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A copy of one collection in memory that follows the server, with handlers that are told of
 * changes. Reading is lock-free; handlers are called one at a time.
 */
public final class Informer<T extends KubeObject> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Informer.class.getName());

  private final Reflector<T> reflector;
  private final ConcurrentHashMap<ObjectKey, T> cache = new ConcurrentHashMap<>();
  private final CountDownLatch synced = new CountDownLatch(1);
  private final ReentrantLock dispatch = new ReentrantLock();
  private final List<InformerHandler<T>> handlers = new ArrayList<>();

  /** An informer of a whole collection with default options. */
  public Informer(KubeClient client, Resource<T> resource) {
    this(client, resource, ListOptions.ALL, ReflectorOptions.defaults());
  }

  public Informer(
      KubeClient client, Resource<T> resource, ListOptions selector, ReflectorOptions options) {
    reflector = new Reflector<>(client, resource, selector, new Updater(), options);
  }

  /** Starts to follow the server; may be called once. */
  public void start() {
    reflector.start();
  }

  /** The cached object, or null. */
  public @Nullable T get(ObjectKey key) {
    return cache.get(key);
  }

  /** A live read-only view of all cached objects, in no order. */
  public Collection<T> all() {
    return Collections.unmodifiableCollection(cache.values());
  }

  /**
   * Adds a handler. It is told of every object that is already there as {@code added}, on the
   * calling thread, before any later change.
   */
  public void addHandler(InformerHandler<T> handler) {
    dispatch.lock();
    try {
      handlers.add(handler);
      for (T object : cache.values()) {
        guarded(() -> handler.added(object));
      }
    } finally {
      dispatch.unlock();
    }
  }

  /** Whether the cache held the whole collection at least once. */
  public boolean hasSynced() {
    return synced.getCount() == 0;
  }

  /**
   * Waits until {@link #hasSynced}.
   *
   * @return false if the time ran out first
   */
  public boolean awaitSynced(Duration atMost) throws InterruptedException {
    return synced.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Stops following; the cache stays as it is. */
  @Override
  public void close() {
    reflector.close();
  }

  private static void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a handler failed", e);
    }
  }

  private final class Updater implements ReflectorListener<T> {
    @Override
    public void onReplace(List<T> all, String resourceVersion) {
      dispatch.lock();
      try {
        Set<ObjectKey> gone = new HashSet<>(cache.keySet());
        for (T object : all) {
          gone.remove(object.key());
          put(object);
        }
        gone.forEach(key -> remove(key, null));
      } finally {
        dispatch.unlock();
      }
      synced.countDown();
    }

    @Override
    public void onUpsert(T object) {
      dispatch.lock();
      try {
        put(object);
      } finally {
        dispatch.unlock();
      }
    }

    @Override
    public void onDelete(T last) {
      dispatch.lock();
      try {
        remove(last.key(), last);
      } finally {
        dispatch.unlock();
      }
    }

    private void put(T now) {
      T before = cache.get(now.key());
      if (before != null && !before.metadata().uid().equals(now.metadata().uid())) {
        remove(now.key(), before);
      }
      T old = cache.put(now.key(), now);
      if (old == null) {
        handlers.forEach(handler -> guarded(() -> handler.added(now)));
      } else if (!isSameState(old, now)) {
        handlers.forEach(handler -> guarded(() -> handler.updated(old, now)));
      }
    }

    /** Removes an object; {@code last} is its last state if the server told. */
    private void remove(ObjectKey key, @Nullable T last) {
      T old = cache.remove(key);
      if (old != null) {
        T told = last == null ? old : last;
        handlers.forEach(handler -> guarded(() -> handler.deleted(told)));
      }
    }

    private static boolean isSameState(KubeObject a, KubeObject b) {
      return !a.metadata().resourceVersion().isEmpty()
          && a.metadata().resourceVersion().equals(b.metadata().resourceVersion());
    }
  }
}
