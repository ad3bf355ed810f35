// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.ServiceCidr;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import dev.fairway.service.SnapshotSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes snapshots from what reflectors see. Publishes nothing before services and slices were
 * listed once; afterwards all changes that come together make one snapshot, and only if the model
 * differs. Thread-safe; one virtual thread publishes.
 */
public final class ServiceTracker implements SnapshotSource, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ServiceTracker.class.getName());

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ServiceModel model;
  private final List<SnapshotListener> joining = new ArrayList<>();
  private final List<SnapshotListener> listeners = new ArrayList<>();
  private final long minIntervalNanos;
  private final Thread publisher;
  private volatile ServiceSnapshot snapshot = ServiceSnapshot.empty();
  private boolean closed;

  /** Starts a tracker that knows nothing yet. */
  public ServiceTracker(TrackerOptions options) {
    model = new ServiceModel(options.start());
    minIntervalNanos = options.minInterval().toNanos();
    publisher = Thread.ofVirtual().name("service-tracker").start(this::publish);
  }

  /** To be given to the reflector of Services. */
  public ReflectorListener<Service> services() {
    return new Listener<>(
        model::upsert,
        key -> model.deleteService(new ServiceName(key.namespace(), key.name())),
        ServiceTranslator::translate,
        model::replaceServices);
  }

  /** To be given to the reflector of EndpointSlices. */
  public ReflectorListener<EndpointSlice> endpointSlices() {
    return new Listener<>(
        model::upsert, model::deleteSlice, model::translate, model::replaceSlices);
  }

  /**
   * To be given to the reflector of Namespaces. Without it the namespaces are those of the
   * services.
   */
  public ReflectorListener<Namespace> namespaces() {
    return new Listener<>(
        namespace -> model.addNamespace(namespace.metadata().name()),
        key -> model.removeNamespace(key.name()),
        namespace -> namespace.metadata().name(),
        names -> model.replaceNamespaces(new HashSet<>(names)));
  }

  /**
   * Publishes nothing before namespaces were listed too: for who would take one that has no
   * services for one that does not exist. To be called before the reflectors start.
   */
  public void requireNamespaces() {
    change(model::requireNamespaces);
  }

  /** To be given to the reflector of ServiceCIDRs; without it no range is known. */
  public ReflectorListener<ServiceCidr> serviceCidrs() {
    return new Listener<>(
        cidr -> model.put(ServiceModel.translate(cidr)),
        key -> model.removeServiceCidr(key.name()),
        ServiceModel::translate,
        model::replaceServiceCidrs);
  }

  /**
   * What a reflector sees, into the model. A whole collection is translated object by object, so
   * that its objects need not be in memory together; one that cannot be read does not keep the
   * others away.
   */
  private final class Listener<T extends KubeObject, S> implements ReflectorListener<T> {
    private final Consumer<T> upsert;
    private final Consumer<ObjectKey> delete;
    private final Function<T, S> translate;
    private final Consumer<Collection<S>> replace;

    Listener(
        Consumer<T> upsert,
        Consumer<ObjectKey> delete,
        Function<T, S> translate,
        Consumer<Collection<S>> replace) {
      this.upsert = upsert;
      this.delete = delete;
      this.translate = translate;
      this.replace = replace;
    }

    @Override
    public void onReplace(List<T> all, String resourceVersion) {
      Replacement<T> replacement = replacement();
      for (T object : all) {
        try {
          replacement.add(object);
        } catch (RuntimeException e) {
          LOG.log(
              System.Logger.Level.ERROR,
              "ignored an object that cannot be read: " + object.key(),
              e);
        }
      }
      replacement.complete(resourceVersion);
    }

    @Override
    public void onUpsert(T object) {
      change(() -> upsert.accept(object));
    }

    @Override
    public void onDelete(T last) {
      change(() -> delete.accept(last.key()));
    }

    @Override
    public Replacement<T> replacement() {
      Map<ObjectKey, S> all = new LinkedHashMap<>();
      return new Replacement<>() {
        @Override
        public void add(T object) {
          lock.lock();
          try {
            all.put(object.key(), translate.apply(object));
          } finally {
            lock.unlock();
          }
        }

        @Override
        public void remove(ObjectKey key) {
          all.remove(key);
        }

        @Override
        public void complete(String resourceVersion) {
          change(() -> replace.accept(all.values()));
          // The reflector holds on to this for as long as it watches.
          all.clear();
        }
      };
    }
  }

  private void change(Runnable action) {
    lock.lock();
    try {
      action.run();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void addListener(SnapshotListener listener) {
    change(() -> joining.add(listener));
  }

  @Override
  public ServiceSnapshot snapshot() {
    return snapshot;
  }

  private void publish() {
    try {
      Work work;
      while ((work = awaitWork()) != null) {
        for (SnapshotListener listener : work.joining()) {
          listeners.add(listener);
          if (snapshot.revision() > 0) {
            tell(listener, SnapshotDelta.full(snapshot));
          }
        }
        ServiceModel.Pending pending = work.pending();
        if (pending != null) {
          publish(pending);
          TimeUnit.NANOSECONDS.sleep(minIntervalNanos);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void publish(ServiceModel.Pending pending) {
    SnapshotDelta delta = pending.applyTo(snapshot);
    if (delta == null && snapshot.revision() == 0) {
      delta =
          new SnapshotDelta(
              snapshot, ServiceSnapshot.empty().with(1, Map.of(), Set.of()), Set.of());
    }
    if (delta == null) {
      return;
    }
    snapshot = delta.after();
    for (SnapshotListener listener : listeners) {
      tell(listener, delta);
    }
  }

  /** One listener that fails must not keep the others from the snapshot. */
  private static void tell(SnapshotListener listener, SnapshotDelta delta) {
    try {
      listener.onSnapshot(delta);
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "snapshot listener failed revision=" + delta.after().revision() + " " + listener,
          e);
    }
  }

  /** Waits for something to do; null when closed. */
  private @Nullable Work awaitWork() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && joining.isEmpty() && !isDue()) {
        changed.await();
      }
      if (closed) {
        return null;
      }
      List<SnapshotListener> joined = List.copyOf(joining);
      joining.clear();
      return new Work(joined, isDue() ? model.takePending() : null);
    } finally {
      lock.unlock();
    }
  }

  private boolean isDue() {
    return model.isSynced() && (model.hasPending() || snapshot.revision() == 0);
  }

  private record Work(List<SnapshotListener> joining, ServiceModel.@Nullable Pending pending) {}

  /** Stops publishing; returns when no listener is being called any more. */
  @Override
  public void close() {
    change(() -> closed = true);
    publisher.interrupt();
    boolean interrupted = false;
    while (publisher.isAlive() && !Thread.currentThread().equals(publisher)) {
      try {
        publisher.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
