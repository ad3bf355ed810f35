// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import dev.fairway.controller.runtime.Controller;
import dev.fairway.controller.runtime.EventRecorder;
import dev.fairway.controller.runtime.EventWriter;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.RetryBackoff;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Binds every pod without a node to the best node that it fits on, one after the other and at once;
 * a pod that fits nowhere is tried again when a node or another pod changes. Thread-safe.
 */
public final class Scheduler implements AutoCloseable {
  private record Assumed(Pod pod, String node) {}

  private final KubeClient client;
  private final SchedulerOptions options;
  private final SharedInformers informers;
  private final @Nullable EventWriter ownEvents;
  private final boolean ownsInformers;
  private final EventRecorder events;
  private final KindStore<Pod> pods;
  private final KindStore<Node> nodes;
  private final WorkQueue<ObjectKey> queue;
  private final Controller loop;

  /** Pods that we bound and that the watch has not shown on their node yet. */
  private final Map<ObjectKey, Assumed> assumed = new ConcurrentHashMap<>();

  /** Pods that fitted nowhere. */
  private final Set<ObjectKey> parked = ConcurrentHashMap.newKeySet();

  private final CountDownLatch running = new CountDownLatch(1);

  /** A scheduler with informers of its own. */
  public Scheduler(KubeClient client, SchedulerOptions options) {
    this(
        client,
        options,
        new SharedInformers(client, options.nanoClock()),
        new EventWriter(client, options.clock()),
        true);
  }

  /** A scheduler that shares informers and Events with the controllers, whose owner starts them. */
  public Scheduler(
      KubeClient client, SchedulerOptions options, SharedInformers informers, EventWriter events) {
    this(client, options, informers, events, false);
  }

  private Scheduler(
      KubeClient client,
      SchedulerOptions options,
      SharedInformers informers,
      EventWriter events,
      boolean owned) {
    this.client = client;
    this.options = options;
    this.informers = informers;
    this.ownsInformers = owned;
    this.ownEvents = owned ? events : null;
    this.events = events.recorder("default-scheduler");
    this.pods = informers.pods();
    this.nodes = informers.nodes();
    this.queue =
        new WorkQueue<>(
            options.nanoClock(), new RetryBackoff(Duration.ofMillis(10), Duration.ofSeconds(10)));
    this.loop = new Controller("scheduler", queue, this::schedule, 1);
    pods.onChange(this::podChanged);
    nodes.onChange(this::nodeChanged);
  }

  /** Starts; binding begins when pods and nodes are known. Returns at once. */
  public void start() {
    if (ownEvents != null) {
      ownEvents.start();
    }
    if (ownsInformers) {
      informers.start();
    }
    Thread unused = Thread.ofVirtual().name("scheduler-start").start(this::startWhenSynced);
  }

  /** Waits until pods are being bound; false if that takes longer. */
  public boolean awaitRunning(Duration atMost) throws InterruptedException {
    return running.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Schedules one pod that waits, if there is one; for stepping by hand. */
  public boolean step() throws InterruptedException {
    return loop.step();
  }

  @Override
  public void close() {
    loop.close();
    if (ownsInformers) {
      informers.close();
    }
    if (ownEvents != null) {
      ownEvents.close();
    }
  }

  private void startWhenSynced() {
    try {
      while (!informers.awaitSynced(Duration.ofHours(1))) {
        // an API server that is not there yet; the informers retry
      }
      loop.start();
      running.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void podChanged(@Nullable Pod old, @Nullable Pod now) {
    if (now == null) {
      if (old != null) {
        assumed.remove(old.key());
        parked.remove(old.key());
        retryParked();
      }
      return;
    }
    if (!now.spec().nodeName().isEmpty()) {
      assumed.remove(now.key());
      parked.remove(now.key());
      if (old != null && now.isFinished() && !old.isFinished()) {
        retryParked();
      }
    } else if (isWaiting(now) && (old == null || !old.spec().equals(now.spec()))) {
      queue.add(now.key());
    }
  }

  private void nodeChanged(@Nullable Node old, @Nullable Node now) {
    boolean same =
        old != null
            && now != null
            && old.isReady() == now.isReady()
            && old.spec().equals(now.spec())
            && old.metadata().labels().equals(now.metadata().labels())
            && old.status().allocatable().equals(now.status().allocatable());
    if (!same) {
      retryParked();
    }
  }

  private void retryParked() {
    for (ObjectKey key : parked) {
      queue.add(key);
    }
  }

  private Reconciler.Result schedule(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Pod pod = pods.get(key);
    if (pod == null || !isWaiting(pod) || assumed.containsKey(key)) {
      parked.remove(key);
      return Reconciler.Result.DONE;
    }
    // Parked before looking: a change from here on brings the pod back.
    parked.add(key);
    switch (Placement.choose(pod, states())) {
      case Placement.Bind bind -> bind(pod, bind.node());
      case Placement.NoNode none -> reject(pod, none.message());
    }
    return Reconciler.Result.DONE;
  }

  private List<NodeState> states() {
    List<NodeState> states = new ArrayList<>();
    for (Node node : nodes.all()) {
      if (node.metadata().isTerminating()) {
        continue;
      }
      String name = node.metadata().name();
      List<Pod> bound = new ArrayList<>();
      for (Pod pod : pods.find(Terms.node(name))) {
        if (!pod.isFinished()) {
          bound.add(pod);
        }
      }
      for (Assumed entry : assumed.values()) {
        if (entry.node().equals(name)
            && bound.stream().noneMatch(p -> p.key().equals(entry.pod().key()))) {
          bound.add(entry.pod());
        }
      }
      states.add(new NodeState(node, bound));
    }
    return states;
  }

  private void bind(Pod pod, String node)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = pod.key();
    ObjectNode binding = Trees.object();
    binding.put("apiVersion", "v1");
    binding.put("kind", "Binding");
    binding
        .putObject("metadata")
        .put("name", key.name())
        .put("namespace", key.namespace())
        .put("uid", pod.metadata().uid());
    binding.putObject("target").put("apiVersion", "v1").put("kind", "Node").put("name", node);
    assumed.put(key, new Assumed(pod, node));
    try {
      ObjectNode unused =
          client.raw(
              "POST", Resource.PODS.path(key.namespace()) + "/" + key.name() + "/binding", binding);
    } catch (KubeApiException e) {
      assumed.remove(key);
      if (e.isNotFound() || e.isConflict()) {
        parked.remove(key);
        return; // deleted or bound meanwhile; the watch tells
      }
      throw e;
    } catch (IOException | RuntimeException e) {
      assumed.remove(key);
      throw e;
    }
    parked.remove(key);
    Pod seen = pods.get(key);
    if (seen == null || !seen.spec().nodeName().isEmpty()) {
      assumed.remove(key); // the watch was faster than the answer
    }
    events.normal(Resource.PODS, pod, "Scheduled", "Successfully assigned " + key + " to " + node);
  }

  private void reject(Pod pod, String message)
      throws KubeApiException, IOException, InterruptedException {
    events.warning(Resource.PODS, pod, "FailedScheduling", message);
    List<Condition> conditions = new ArrayList<>();
    for (Condition condition : pod.status().conditions()) {
      if (!condition.type().equals("PodScheduled")) {
        conditions.add(condition);
      } else if (condition.message().equals(message)) {
        return;
      }
    }
    conditions.add(
        Trees.condition(
            "PodScheduled",
            "False",
            "Unschedulable",
            message,
            options.clock().instant().truncatedTo(ChronoUnit.SECONDS)));
    ObjectNode patch = Trees.object();
    patch.putObject("status").set("conditions", Trees.array(conditions));
    try {
      Pod unused = pods.patch(pod, "status", patch);
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private static boolean isWaiting(Pod pod) {
    return pod.spec().nodeName().isEmpty() && !pod.metadata().isTerminating() && !pod.isFinished();
  }
}
