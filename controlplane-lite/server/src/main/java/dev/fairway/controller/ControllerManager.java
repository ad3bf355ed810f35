// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller;

import dev.fairway.controller.deployment.DeploymentController;
import dev.fairway.controller.endpointslice.EndpointSliceController;
import dev.fairway.controller.endpointslice.EndpointsController;
import dev.fairway.controller.endpointslice.MirroringController;
import dev.fairway.controller.gc.GarbageCollector;
import dev.fairway.controller.gc.PodCollector;
import dev.fairway.controller.loadbalancer.AddressPool;
import dev.fairway.controller.loadbalancer.LoadBalancerController;
import dev.fairway.controller.namespace.NamespaceController;
import dev.fairway.controller.nodelifecycle.NodeLifecycleController;
import dev.fairway.controller.replicaset.ReplicaSetController;
import dev.fairway.controller.runtime.Controller;
import dev.fairway.controller.runtime.Discovery;
import dev.fairway.controller.runtime.EventWriter;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.RetryBackoff;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.controller.serviceaccount.ServiceAccountController;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Runs all controllers on one set of informers. Start it as soon as the API server listens, or
 * before: it begins when the caches are filled. Thread-safe.
 */
public final class ControllerManager implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ControllerManager.class.getName());

  /** Kinds that every server has and that may own or be owned; discovery adds the others. */
  private static final List<Resource<? extends KubeObject>> OWNED =
      List.of(
          Resource.PODS,
          Resource.REPLICA_SETS,
          Resource.DEPLOYMENTS,
          Resource.SERVICES,
          Resource.ENDPOINT_SLICES,
          Resource.SERVICE_ACCOUNTS,
          Resource.ENDPOINTS,
          Resource.CONFIG_MAPS,
          Resource.SECRETS,
          Resource.INGRESSES,
          Resource.NODES,
          Resource.LEASES,
          Resource.NAMESPACES);

  private final KubeClient client;
  private final ControllerOptions options;
  private final SharedInformers informers;
  private final EventWriter events;
  private final List<Controller> controllers = new ArrayList<>();
  private final GarbageCollector collector;
  private final CountDownLatch running = new CountDownLatch(1);

  /** All controllers, not running yet. */
  public ControllerManager(KubeClient client, ControllerOptions options) {
    this.client = client;
    this.options = options;
    this.informers = new SharedInformers(client, options.nanoClock());
    this.events = new EventWriter(client, options.clock());
    add(
        "deployment",
        2,
        queue ->
            new DeploymentController(
                informers, queue, events.recorder("deployment-controller"), options.clock()));
    add(
        "replicaset",
        4,
        queue ->
            new ReplicaSetController(
                informers, queue, events.recorder("replicaset-controller"), options.clock()));
    add("endpointslice", 4, queue -> new EndpointSliceController(informers, queue));
    add(
        "node-lifecycle",
        2,
        queue ->
            new NodeLifecycleController(
                informers,
                queue,
                events.recorder("node-controller"),
                options.clock(),
                options.nanoClock(),
                options.nodeMonitorGracePeriod()));
    add(
        "load-balancer",
        1,
        queue ->
            new LoadBalancerController(
                informers,
                queue,
                events.recorder("service-controller"),
                new AddressPool(options.loadBalancerPool()),
                true));
    add("serviceaccount", 1, queue -> new ServiceAccountController(informers, queue));
    add("endpoints", 2, queue -> new EndpointsController(informers, queue));
    add("endpointslice-mirroring", 2, queue -> new MirroringController(informers, queue));
    add("namespace", 2, queue -> new NamespaceController(client, informers, queue));
    add(
        "pod-collector",
        1,
        queue ->
            new PodCollector(
                informers,
                queue,
                options.nanoClock(),
                options.nodeMonitorGracePeriod(),
                options.finishedPods()));
    WorkQueue<ObjectKey> uids = new WorkQueue<>(options.nanoClock(), RetryBackoff.DEFAULT);
    collector = new GarbageCollector(client, uids);
    controllers.add(new Controller("garbage-collector", uids, collector, 4));
    OWNED.forEach(resource -> collector.watch(informers.of(resource)));
  }

  /** Starts everything and returns at once. */
  public void start() {
    events.start();
    informers.start();
    Thread unused = Thread.ofVirtual().name("controllers-start").start(this::startWhenSynced);
  }

  /** Waits until the controllers work; false if that takes longer. */
  public boolean awaitRunning(Duration atMost) throws InterruptedException {
    return running.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The caches, for others in this process such as the scheduler. */
  public SharedInformers informers() {
    return informers;
  }

  /** The writer of Events, for others in this process. */
  public EventWriter events() {
    return events;
  }

  @Override
  public void close() {
    controllers.forEach(Controller::close);
    informers.close();
    events.close();
  }

  private void add(String name, int workers, Function<WorkQueue<ObjectKey>, Reconciler> factory) {
    WorkQueue<ObjectKey> queue = new WorkQueue<>(options.nanoClock(), RetryBackoff.DEFAULT);
    controllers.add(new Controller(name, queue, factory.apply(queue), workers));
  }

  private void startWhenSynced() {
    try {
      while (!informers.awaitSynced(Duration.ofHours(1))) {
        // an API server that is not there yet; the informers retry
      }
      controllers.forEach(Controller::start);
      running.countDown();
      watchOtherKinds();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kinds that this project has no record of are collected by their metadata. */
  private void watchOtherKinds() throws InterruptedException {
    try {
      for (Resource<? extends KubeObject> resource : Discovery.deletable(client)) {
        boolean eventLike = resource.plural().equals("events");
        if (!OWNED.contains(resource) && !eventLike) {
          collector.watch(informers.of(resource));
        }
      }
    } catch (KubeApiException | IOException e) {
      LOG.log(
          Level.WARNING,
          "kinds beyond the built-in ones are not garbage-collected: {0}",
          e.getMessage());
    }
  }
}
