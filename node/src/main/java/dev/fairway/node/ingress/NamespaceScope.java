// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.ReflectorListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Passes on the objects of the namespaces that a reflector delivers, as their labels change. Fed by
 * a reflector with a selector of namespaces. Thread-safe.
 */
final class NamespaceScope implements ReflectorListener<Namespace> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<String> selected = new HashSet<>();
  private final List<Scoped<?>> all = new ArrayList<>();
  private boolean listed;

  /** What passes on only the objects of our namespaces. */
  <T extends KubeObject> ReflectorListener<T> of(ReflectorListener<T> target) {
    Scoped<T> scoped = new Scoped<>(target);
    lock.lock();
    try {
      all.add(scoped);
    } finally {
      lock.unlock();
    }
    return scoped;
  }

  @Override
  public void onReplace(List<Namespace> namespaces, String resourceVersion) {
    lock.lock();
    try {
      selected.clear();
      namespaces.forEach(namespace -> selected.add(namespace.metadata().name()));
      listed = true;
      all.forEach(Scoped::replace);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onUpsert(Namespace namespace) {
    lock.lock();
    try {
      if (selected.add(namespace.metadata().name()) && listed) {
        all.forEach(Scoped::replace);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onDelete(Namespace last) {
    lock.lock();
    try {
      if (selected.remove(last.metadata().name()) && listed) {
        all.forEach(Scoped::replace);
      }
    } finally {
      lock.unlock();
    }
  }

  /** One kind. */
  private final class Scoped<T extends KubeObject> implements ReflectorListener<T> {
    private final ReflectorListener<T> target;
    private final Map<ObjectKey, T> objects = new HashMap<>();
    private String version = "";
    private boolean known;

    Scoped(ReflectorListener<T> target) {
      this.target = target;
    }

    void replace() {
      if (known && listed) {
        target.onReplace(objects.values().stream().filter(this::isOurs).toList(), version);
      }
    }

    private boolean isOurs(T object) {
      return selected.contains(object.metadata().namespace());
    }

    @Override
    public void onReplace(List<T> replacement, String resourceVersion) {
      lock.lock();
      try {
        objects.clear();
        replacement.forEach(object -> objects.put(object.key(), object));
        version = resourceVersion;
        known = true;
        replace();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onUpsert(T object) {
      lock.lock();
      try {
        objects.put(object.key(), object);
        if (listed && isOurs(object)) {
          target.onUpsert(object);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onDelete(T last) {
      lock.lock();
      try {
        objects.remove(last.key());
        if (listed && isOurs(last)) {
          target.onDelete(last);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
