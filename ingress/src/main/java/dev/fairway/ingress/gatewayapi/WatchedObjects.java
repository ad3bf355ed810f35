// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.ReflectorListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one kind as a reflector delivers them. What it gives out stays the same object
 * until something changes. Thread-safe.
 */
final class WatchedObjects<T extends KubeObject> implements ReflectorListener<T> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ObjectKey, T> byKey = new HashMap<>();
  private final BiPredicate<T, T> same;
  private final Runnable onChange;
  private final Runnable onStatus;
  private @Nullable List<T> list;
  private @Nullable Map<ObjectKey, T> map;
  private boolean listed;

  /**
   * @param same whether two states of an object compile to the same
   * @param onChange called after a change that matters to the compilation
   * @param onStatus called after any other change
   */
  WatchedObjects(BiPredicate<T, T> same, Runnable onChange, Runnable onStatus) {
    this.same = same;
    this.onChange = onChange;
    this.onStatus = onStatus;
  }

  /** Whether the whole collection was delivered once. */
  boolean isListed() {
    lock.lock();
    try {
      return listed;
    } finally {
      lock.unlock();
    }
  }

  /** The objects of this moment. */
  Collection<T> all() {
    lock.lock();
    try {
      List<T> known = list == null ? List.copyOf(byKey.values()) : list;
      list = known;
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** The objects of this moment by key. */
  Map<ObjectKey, T> map() {
    lock.lock();
    try {
      Map<ObjectKey, T> known = map == null ? Map.copyOf(byKey) : map;
      map = known;
      return known;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onReplace(List<T> all, String resourceVersion) {
    change(() -> {
      byKey.clear();
      for (T object : all) {
        byKey.put(object.key(), object);
      }
      listed = true;
    });
    onChange.run();
  }

  @Override
  public void onUpsert(T object) {
    boolean[] matters = {true};
    change(() -> {
      T before = byKey.put(object.key(), object);
      matters[0] = before == null || !same.test(before, object);
    });
    (matters[0] ? onChange : onStatus).run();
  }

  @Override
  public void onDelete(T last) {
    change(() -> byKey.remove(last.key()));
    onChange.run();
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      list = null;
      map = null;
    } finally {
      lock.unlock();
    }
  }
}
