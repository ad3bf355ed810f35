// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.ServiceSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** The objects that reflectors deliver, each on its own thread. Thread-safe. */
final class IngressState {
  private final ReentrantLock lock = new ReentrantLock();
  private final Runnable onChange;
  private final Collection<Ingress> ingresses;
  private final Collection<IngressClass> classes;
  private final Collection<Secret> secrets;
  private final Collection<ConfigMap> configs;
  private volatile @Nullable ServiceSnapshot services;

  /**
   * @param onChange called, without the lock, after each change that matters
   */
  IngressState(Runnable onChange) {
    this.onChange = onChange;
    ingresses =
        new Collection<>((a, b) ->
            a.spec().equals(b.spec())
                && Objects.equals(a.status(), b.status())
                && a.metadata().annotations().equals(b.metadata().annotations())
                && a.metadata().uid().equals(b.metadata().uid()));
    classes =
        new Collection<>((a, b) ->
            Objects.equals(a.spec(), b.spec())
                && a.metadata().annotations().equals(b.metadata().annotations()));
    secrets = new Collection<>((a, b) -> a.data().equals(b.data()));
    configs = new Collection<>((a, b) -> a.data().equals(b.data()));
  }

  ReflectorListener<Ingress> ingresses() {
    return ingresses;
  }

  ReflectorListener<IngressClass> classes() {
    return classes;
  }

  ReflectorListener<Secret> secrets() {
    return secrets;
  }

  /** Of the one ConfigMap that is the gateway's. */
  ReflectorListener<ConfigMap> configs() {
    return configs;
  }

  void services(ServiceSnapshot snapshot) {
    services = snapshot;
  }

  /** What is known now, or null before both Ingresses and classes were listed. */
  @Nullable IngressObjects objects() {
    lock.lock();
    try {
      if (!ingresses.listed || !classes.listed) {
        return null;
      }
      return new IngressObjects(
          List.copyOf(ingresses.byKey.values()),
          List.copyOf(classes.byKey.values()),
          secrets.listed ? Map.copyOf(secrets.byKey) : null,
          services,
          configs.byKey.values().stream().findFirst().orElse(null));
    } finally {
      lock.unlock();
    }
  }

  /** One kind. */
  private final class Collection<T extends KubeObject> implements ReflectorListener<T> {
    private final BiPredicate<T, T> same;
    private final Map<ObjectKey, T> byKey = new HashMap<>();
    private boolean listed;

    Collection(BiPredicate<T, T> same) {
      this.same = same;
    }

    @Override
    public void onReplace(List<T> all, String resourceVersion) {
      lock.lock();
      try {
        byKey.clear();
        for (T object : all) {
          byKey.put(object.key(), object);
        }
        listed = true;
      } finally {
        lock.unlock();
      }
      onChange.run();
    }

    @Override
    public void onUpsert(T object) {
      T before;
      lock.lock();
      try {
        before = byKey.put(object.key(), object);
      } finally {
        lock.unlock();
      }
      if (before == null || !same.test(before, object)) {
        onChange.run();
      }
    }

    @Override
    public void onDelete(T last) {
      lock.lock();
      try {
        byKey.remove(last.key());
      } finally {
        lock.unlock();
      }
      onChange.run();
    }
  }
}
