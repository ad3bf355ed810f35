// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.gc;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** All objects by uid with who owns whom. Thread-safe. */
final class OwnerGraph {
  static final String FOREGROUND = "foregroundDeletion";
  static final String ORPHAN = "orphan";

  /** An object and its kind. */
  record Item<T extends KubeObject>(Resource<T> resource, T object) {
    String uid() {
      return object.metadata().uid();
    }

    List<OwnerReference> owners() {
      return object.metadata().ownerReferences();
    }

    boolean isTerminating() {
      return object.metadata().isTerminating();
    }

    boolean hasFinalizer(String finalizer) {
      return object.metadata().finalizers().contains(finalizer);
    }

    /** Whether its deletion waits for its dependents. */
    boolean waitsForDependents() {
      return isTerminating() && hasFinalizer(FOREGROUND);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Item<?>> items = new HashMap<>();
  private final Map<String, Set<String>> dependents = new HashMap<>();

  void put(Item<?> item) {
    lock.lock();
    try {
      unlink(items.put(item.uid(), item));
      for (OwnerReference owner : item.owners()) {
        dependents.computeIfAbsent(owner.uid(), u -> new LinkedHashSet<>()).add(item.uid());
      }
    } finally {
      lock.unlock();
    }
  }

  void remove(String uid) {
    lock.lock();
    try {
      unlink(items.remove(uid));
    } finally {
      lock.unlock();
    }
  }

  @Nullable Item<?> get(String uid) {
    lock.lock();
    try {
      return items.get(uid);
    } finally {
      lock.unlock();
    }
  }

  /** Who names this uid as an owner, whether the owner exists or not. */
  List<Item<?>> dependents(String uid) {
    lock.lock();
    try {
      List<Item<?>> found = new ArrayList<>();
      for (String dependent : dependents.getOrDefault(uid, Set.of())) {
        Item<?> item = items.get(dependent);
        if (item != null) {
          found.add(item);
        }
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a dependent holds up the foreground deletion of this owner. */
  boolean isBlocked(String uid) {
    for (Item<?> dependent : dependents(uid)) {
      for (OwnerReference owner : dependent.owners()) {
        if (owner.uid().equals(uid) && Boolean.TRUE.equals(owner.blockOwnerDeletion())) {
          return true;
        }
      }
    }
    return false;
  }

  private void unlink(@Nullable Item<?> old) {
    if (old == null) {
      return;
    }
    for (OwnerReference owner : old.owners()) {
      Set<String> set = dependents.get(owner.uid());
      if (set != null) {
        set.remove(old.uid());
        if (set.isEmpty()) {
          dependents.remove(owner.uid());
        }
      }
    }
  }
}
