// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one kind, findable by a property such as the node or the owner. Thread-safe.
 *
 * @param <T> the kind
 */
public final class ObjectIndex<T extends KubeObject> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Function<T, Collection<String>> terms;
  private final Map<ObjectKey, T> objects = new HashMap<>();
  private final Map<String, LinkedHashMap<ObjectKey, T>> byTerm = new HashMap<>();

  /**
   * An empty index.
   *
   * @param terms under what an object is found
   */
  public ObjectIndex(Function<T, Collection<String>> terms) {
    this.terms = terms;
  }

  /** Objects with this term. */
  public List<T> find(String term) {
    lock.lock();
    try {
      Map<ObjectKey, T> found = byTerm.get(term);
      return found == null ? List.of() : new ArrayList<>(found.values());
    } finally {
      lock.unlock();
    }
  }

  /** Adds or replaces an object. */
  public void put(T object) {
    lock.lock();
    try {
      unlink(objects.put(object.key(), object));
      for (String term : terms.apply(object)) {
        byTerm.computeIfAbsent(term, t -> new LinkedHashMap<>()).put(object.key(), object);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Removes an object. */
  public void remove(ObjectKey key) {
    lock.lock();
    try {
      unlink(objects.remove(key));
    } finally {
      lock.unlock();
    }
  }

  private void unlink(@Nullable T old) {
    if (old == null) {
      return;
    }
    for (String term : terms.apply(old)) {
      Map<ObjectKey, T> found = byTerm.get(term);
      if (found != null) {
        found.remove(old.key());
        if (found.isEmpty()) {
          byTerm.remove(term);
        }
      }
    }
  }
}
