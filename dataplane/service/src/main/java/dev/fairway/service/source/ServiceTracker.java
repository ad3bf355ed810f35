// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import dev.fairway.service.SnapshotSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
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
    return listener(
        model::replaceServices,
        model::upsert,
        key -> model.deleteService(new ServiceName(key.namespace(), key.name())));
  }

  /** To be given to the reflector of EndpointSlices. */
  public ReflectorListener<EndpointSlice> endpointSlices() {
    return listener(model::replaceSlices, model::upsert, model::deleteSlice);
  }

  /**
   * To be given to the reflector of Namespaces. Without it the namespaces are those of the
   * services.
   */
  public ReflectorListener<Namespace> namespaces() {
    return listener(
        all -> {
          Set<String> names = new HashSet<>();
          all.forEach(namespace -> names.add(namespace.metadata().name()));
          model.replaceNamespaces(names);
        },
        namespace -> model.addNamespace(namespace.metadata().name()),
        key -> model.removeNamespace(key.name()));
  }

  private <T extends KubeObject> ReflectorListener<T> listener(
      Consumer<List<T>> replace, Consumer<T> upsert, Consumer<ObjectKey> delete) {
    return new ReflectorListener<>() {
      @Override
      public void onReplace(List<T> all, String resourceVersion) {
        change(() -> replace.accept(all));
      }

      @Override
      public void onUpsert(T object) {
        change(() -> upsert.accept(object));
      }

      @Override
      public void onDelete(T last) {
        change(() -> delete.accept(last.key()));
      }
    };
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
