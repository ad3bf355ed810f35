// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.ReflectorListener;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;

/** The objects of one kind as a reflector delivers them. Thread-safe. */
final class WatchedObjects<T extends KubeObject> implements ReflectorListener<T> {
  private final Map<ObjectKey, T> byKey = new ConcurrentHashMap<>();
  private final BiPredicate<T, T> same;
  private final Runnable onChange;
  private final Runnable onStatus;
  private volatile boolean listed;

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
    return listed;
  }

  /** The objects of this moment. */
  Collection<T> all() {
    return List.copyOf(byKey.values());
  }

  /** The objects of this moment by key. */
  Map<ObjectKey, T> map() {
    return Map.copyOf(byKey);
  }

  @Override
  public void onReplace(List<T> all, String resourceVersion) {
    byKey.keySet().retainAll(all.stream().map(KubeObject::key).toList());
    for (T object : all) {
      byKey.put(object.key(), object);
    }
    listed = true;
    onChange.run();
  }

  @Override
  public void onUpsert(T object) {
    T before = byKey.put(object.key(), object);
    if (before == null || !same.test(before, object)) {
      onChange.run();
    } else {
      onStatus.run();
    }
  }

  @Override
  public void onDelete(T last) {
    byKey.remove(last.key());
    onChange.run();
  }
}
