// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.Informer;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.ReflectorOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** One informer per kind, shared by everyone who asks before {@link #start}. Thread-safe. */
public final class SharedInformers implements AutoCloseable {
  private static final Duration UNCONFIRMED_WRITE = Duration.ofSeconds(30);

  private record Entry<T extends KubeObject>(Informer<T> informer, KindStore<T> store) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final KubeClient client;
  private final LongSupplier nanoClock;
  private final Map<Resource<?>, Entry<?>> entries = new LinkedHashMap<>();
  private boolean started;

  /** No informers yet. */
  public SharedInformers(KubeClient client, LongSupplier nanoClock) {
    this.client = client;
    this.nanoClock = nanoClock;
  }

  /** The store of a kind; its informer starts with the others, or now if they have started. */
  public <T extends KubeObject> KindStore<T> of(Resource<T> resource) {
    lock.lock();
    try {
      Entry<?> known = entries.get(resource);
      if (known == null) {
        Entry<T> created = create(resource);
        entries.put(resource, created);
        if (started) {
          created.informer().start();
        }
        return created.store();
      }
      @SuppressWarnings(
          "unchecked") // entries.put above is the only writer: Resource<T> -> Entry<T>
      KindStore<T> store = (KindStore<T>) known.store();
      return store;
    } finally {
      lock.unlock();
    }
  }

  /** Pods. */
  public KindStore<Pod> pods() {
    return of(Resource.PODS);
  }

  /** Nodes. */
  public KindStore<Node> nodes() {
    return of(Resource.NODES);
  }

  /** Services. */
  public KindStore<Service> services() {
    return of(Resource.SERVICES);
  }

  /** ReplicaSets. */
  public KindStore<ReplicaSet> replicaSets() {
    return of(Resource.REPLICA_SETS);
  }

  /** Deployments. */
  public KindStore<Deployment> deployments() {
    return of(Resource.DEPLOYMENTS);
  }

  /** EndpointSlices. */
  public KindStore<EndpointSlice> endpointSlices() {
    return of(Resource.ENDPOINT_SLICES);
  }

  /** Starts every informer, all at the same time. */
  public void start() {
    lock.lock();
    try {
      started = true;
      for (Entry<?> entry : entries.values()) {
        entry.informer().start();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until every cache has been filled once; false if it takes longer than this for one. */
  public boolean awaitSynced(Duration timeout) throws InterruptedException {
    List<Entry<?>> known;
    lock.lock();
    try {
      known = List.copyOf(entries.values());
    } finally {
      lock.unlock();
    }
    for (Entry<?> entry : known) {
      if (!entry.informer().awaitSynced(timeout)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      for (Entry<?> entry : entries.values()) {
        entry.informer().close();
      }
    } finally {
      lock.unlock();
    }
  }

  private <T extends KubeObject> Entry<T> create(Resource<T> resource) {
    Informer<T> informer =
        new Informer<>(client, resource, ListOptions.ALL, ReflectorOptions.defaults());
    KindStore<T> store =
        new KindStore<>(
            client,
            resource,
            informer,
            new ObjectIndex<>(Terms::of),
            new OwnWrites<>(nanoClock, UNCONFIRMED_WRITE));
    return new Entry<>(informer, store);
  }
}
