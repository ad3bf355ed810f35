// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.Reflector;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.kube.client.ReflectorOptions;
import dev.fairway.service.SnapshotListener;
import dev.fairway.service.SnapshotSource;
import dev.fairway.service.source.ServiceTracker;
import dev.fairway.service.source.TrackerOptions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Follows an API server and makes snapshots of its services. Thread-safe. */
public final class ServiceFeed implements AutoCloseable {
  /** What kube-proxy reads: no headless Services and none that another proxy serves. */
  private static final ListOptions PROXIED_SERVICES =
      new ListOptions("!service.kubernetes.io/service-proxy-name", "spec.clusterIP!=None", 0);

  private static final ListOptions PROXIED_SLICES =
      ListOptions.labels("!service.kubernetes.io/headless");

  private final KubeClient client;
  private final ServiceTracker tracker;
  private final Supplier<ReflectorOptions> options;
  private final List<Reflector<?>> reflectors = new CopyOnWriteArrayList<>();

  /** A feed that is not running yet; add listeners, then start it. */
  public ServiceFeed(KubeClient client) {
    this(client, TrackerOptions.defaults());
  }

  /** The same with another pace. */
  public ServiceFeed(KubeClient client, TrackerOptions options) {
    this(client, options, ReflectorOptions::defaults);
  }

  /** The same, with options of each reflector. */
  ServiceFeed(KubeClient client, TrackerOptions pace, Supplier<ReflectorOptions> options) {
    this.client = client;
    this.options = options;
    tracker = new ServiceTracker(pace);
  }

  /** Where snapshots come from. */
  public SnapshotSource source() {
    return tracker;
  }

  /** Tells a listener of snapshots; listeners are told in the order in which they were added. */
  public void addListener(SnapshotListener listener) {
    tracker.addListener(listener);
  }

  /** Follows the kinds that snapshots are made of. */
  public void start() {
    follow(Resource.SERVICES, tracker.services());
    follow(Resource.ENDPOINT_SLICES, tracker.endpointSlices());
    follow(Resource.NAMESPACES, tracker.namespaces());
  }

  /**
   * The same for a DNS, for which a namespace that was not listed yet does not exist.
   *
   * @param labels selector of Services and EndpointSlices, "" for all
   * @param namespaceLabels selector of namespaces, "" for all
   */
  public void startForDns(String labels, String namespaceLabels) {
    tracker.requireNamespaces();
    follow(Resource.SERVICES, ListOptions.labels(labels), tracker.services());
    follow(Resource.ENDPOINT_SLICES, ListOptions.labels(labels), tracker.endpointSlices());
    follow(Resource.NAMESPACES, ListOptions.labels(namespaceLabels), tracker.namespaces());
  }

  /**
   * Follows what a proxy needs and no more: what the role {@code system:node-proxier} may read, and
   * of it what is to be served.
   */
  public void startForProxy() {
    follow(Resource.SERVICES, PROXIED_SERVICES, tracker.services());
    follow(Resource.ENDPOINT_SLICES, PROXIED_SLICES, tracker.endpointSlices());
  }

  /** Follows another kind for somebody else, until this feed is closed. */
  public <T extends KubeObject> void follow(Resource<T> resource, ReflectorListener<T> listener) {
    follow(resource, ListOptions.ALL, listener);
  }

  /** The same for a part of a collection. */
  public <T extends KubeObject> void follow(
      Resource<T> resource, ListOptions selector, ReflectorListener<T> listener) {
    Reflector<T> reflector = new Reflector<>(client, resource, selector, listener, options.get());
    reflectors.add(reflector);
    reflector.start();
  }

  @Override
  public void close() {
    reflectors.forEach(Reflector::close);
    tracker.close();
  }
}
