// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.nodelifecycle;

import dev.fairway.controller.runtime.EventRecorder;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Watches the heartbeat of every node, its Lease in {@code kube-node-lease} or its own status. A
 * node that is silent for the grace period becomes Ready=Unknown and tainted; its pods become not
 * ready at once, and those that do not tolerate it are deleted by force, for nobody is there to
 * stop them. Silence is measured on our own clock from when we saw a heartbeat, so clocks may
 * differ.
 */
public final class NodeLifecycleController implements Reconciler {
  private static final String LEASES = "kube-node-lease";

  private final KindStore<Node> nodes;
  private final KindStore<Lease> leases;
  private final KindStore<Pod> pods;
  private final EventRecorder events;
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private final Duration gracePeriod;

  /** When we saw the last heartbeat of a node. */
  private final Map<String, Long> heartbeats = new ConcurrentHashMap<>();

  /** When we saw a node renew its Lease. */
  private final Map<String, Long> renewals = new ConcurrentHashMap<>();

  /**
   * A controller whose triggers fill the queue.
   *
   * @param gracePeriod how long a node may be silent
   */
  public NodeLifecycleController(
      SharedInformers informers,
      WorkQueue<ObjectKey> queue,
      EventRecorder events,
      InstantSource clock,
      LongSupplier nanoClock,
      Duration gracePeriod) {
    this.nodes = informers.nodes();
    this.leases = informers.of(Resource.LEASES);
    this.pods = informers.pods();
    this.events = events;
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.gracePeriod = gracePeriod;
    nodes.onChange((old, now) -> nodeChanged(old, now, queue));
    leases.onChange((old, now) -> leaseChanged(old, now, queue));
    pods.onChange((old, now) -> {
      boolean arrived =
          now != null
              && !now.spec().nodeName().isEmpty()
              && (old == null || old.spec().nodeName().isEmpty());
      if (arrived) {
        queue.add(ObjectKey.clusterScoped(now.spec().nodeName()));
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Node node = nodes.get(key);
    if (node == null) {
      heartbeats.remove(key.name());
      renewals.remove(key.name());
      return Result.DONE;
    }
    if (node.metadata().isTerminating()) {
      return Result.DONE;
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    long seen = heartbeats.computeIfAbsent(key.name(), k -> nanoClock.getAsLong());
    Duration left = gracePeriod.minusNanos(nanoClock.getAsLong() - seen);
    boolean silent = left.isNegative() || left.isZero();
    if (silent && !NodeHealth.isUnknown(node)) {
      node = markSilent(node, now);
    } else if (NodeHealth.isUnknown(node) && renewedLately(key.name())) {
      node = markHeard(node, now);
    }
    node = taint(node, now);
    Duration nextEviction = moveAway(node, now);
    Duration next = silent ? null : left;
    if (nextEviction != null && (next == null || nextEviction.compareTo(next) < 0)) {
      next = nextEviction;
    }
    return next == null ? Result.DONE : Result.after(next);
  }

  private void nodeChanged(@Nullable Node old, @Nullable Node now, WorkQueue<ObjectKey> queue) {
    if (now == null) {
      if (old != null) {
        queue.add(old.key());
      }
      return;
    }
    Condition ready = NodeHealth.ready(now);
    Condition before = old == null ? null : NodeHealth.ready(old);
    boolean reported =
        ready != null
            && !ready.status().equals("Unknown")
            && (old == null
                || before == null
                || !Objects.equals(ready.lastHeartbeatTime(), before.lastHeartbeatTime())
                || !ready.status().equals(before.status()));
    if (old == null || reported) {
      heartbeats.put(now.metadata().name(), nanoClock.getAsLong());
    }
    boolean same =
        old != null
            && old.spec().equals(now.spec())
            && Objects.equals(status(before), status(ready));
    if (!same) {
      queue.add(now.key());
    }
  }

  private void leaseChanged(@Nullable Lease old, @Nullable Lease now, WorkQueue<ObjectKey> queue) {
    if (now == null || !now.metadata().namespace().equals(LEASES)) {
      return;
    }
    if (old == null || !Objects.equals(renewal(old), renewal(now))) {
      String name = now.metadata().name();
      heartbeats.put(name, nanoClock.getAsLong());
      if (old != null) {
        renewals.put(name, nanoClock.getAsLong());
      }
      Node node = nodes.get(ObjectKey.clusterScoped(name));
      if (old == null || (node != null && NodeHealth.isUnknown(node))) {
        queue.add(ObjectKey.clusterScoped(name));
      }
    }
  }

  private Node markSilent(Node node, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = Trees.guardedPatch(node);
    patch.putObject("status").set("conditions", Trees.array(NodeHealth.silent(node, now)));
    Node patched = nodes.patch(node, "status", patch);
    events.normal(
        Resource.NODES,
        node,
        "NodeNotReady",
        "Node " + node.metadata().name() + " status is now: NodeNotReady");
    return patched;
  }

  /** A node that renews its Lease again need not wait for its own next status. */
  private Node markHeard(Node node, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = Trees.guardedPatch(node);
    patch.putObject("status").set("conditions", Trees.array(NodeHealth.heard(node, now)));
    Node patched = nodes.patch(node, "status", patch);
    events.normal(
        Resource.NODES,
        node,
        "NodeReady",
        "Node " + node.metadata().name() + " status is now: NodeReady");
    return patched;
  }

  private boolean renewedLately(String node) {
    Long renewed = renewals.get(node);
    return renewed != null && nanoClock.getAsLong() - renewed < gracePeriod.toNanos();
  }

  private Node taint(Node node, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    List<Node.Taint> wanted = NodeHealth.taints(node, now);
    if (wanted.equals(node.spec().taints())) {
      return node;
    }
    ObjectNode patch = Trees.guardedPatch(node);
    ObjectNode spec = patch.putObject("spec");
    if (wanted.isEmpty()) {
      spec.putNull("taints");
    } else {
      spec.set("taints", Trees.array(wanted));
    }
    return nodes.patch(node, null, patch);
  }

  /** Evicts and marks pods; answers when the next eviction is due, or null. */
  private @Nullable Duration moveAway(Node node, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    boolean unreachable = NodeHealth.isUnknown(node);
    Duration next = null;
    for (Pod pod : pods.find(Terms.node(node.metadata().name()))) {
      if (pod.isFinished()) {
        continue;
      }
      Duration remaining = Evictions.remaining(pod, node, now);
      if (remaining != null && remaining.isZero()) {
        evict(pod, node, unreachable);
        continue;
      }
      if (remaining != null && (next == null || remaining.compareTo(next) < 0)) {
        next = remaining;
      }
      if (unreachable && pod.isReady()) {
        markNotReady(pod, now);
      }
    }
    return next;
  }

  private void evict(Pod pod, Node node, boolean unreachable)
      throws KubeApiException, IOException, InterruptedException {
    if (pod.metadata().isTerminating() && !unreachable) {
      return;
    }
    if (pods.delete(pod, unreachable ? DeleteOptions.grace(0) : DeleteOptions.NONE)) {
      events.normal(
          Resource.PODS,
          pod,
          "TaintManagerEviction",
          "Marking for deletion Pod " + pod.key() + " on node " + node.metadata().name());
    }
  }

  private void markNotReady(Pod pod, Instant now)
      throws KubeApiException, IOException, InterruptedException {
    List<Condition> conditions = new ArrayList<>();
    for (Condition condition : pod.status().conditions()) {
      conditions.add(
          condition.type().equals("Ready")
              ? Trees.condition("Ready", "False", condition.reason(), condition.message(), now)
              : condition);
    }
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

  private static @Nullable String status(@Nullable Condition condition) {
    return condition == null ? null : condition.status();
  }

  private static @Nullable Instant renewal(Lease lease) {
    return lease.spec() == null ? null : lease.spec().renewTime();
  }
}
