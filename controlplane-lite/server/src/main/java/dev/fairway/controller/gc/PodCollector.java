// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.gc;

import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Deletes pods that are bound to a node which does not exist, after a quarantine in which the node
 * may appear, and the oldest finished pods beyond a bound. Keys of its queue are node names; the
 * empty name stands for the finished pods.
 */
public final class PodCollector implements Reconciler {
  private static final ObjectKey FINISHED = ObjectKey.clusterScoped("");

  private final KindStore<Node> nodes;
  private final KindStore<Pod> pods;
  private final LongSupplier nanoClock;
  private final Duration quarantine;
  private final int finishedPods;
  private final Map<String, Long> missingSince = new ConcurrentHashMap<>();

  /**
   * A collector whose triggers fill the queue.
   *
   * @param quarantine how long a node must have been missing
   * @param finishedPods how many finished pods are kept
   */
  public PodCollector(
      SharedInformers informers,
      WorkQueue<ObjectKey> queue,
      LongSupplier nanoClock,
      Duration quarantine,
      int finishedPods) {
    this.nodes = informers.nodes();
    this.pods = informers.pods();
    this.nanoClock = nanoClock;
    this.quarantine = quarantine;
    this.finishedPods = finishedPods;
    nodes.onChange((old, now) -> {
      if (now == null && old != null) {
        queue.add(old.key());
      }
    });
    pods.onChange((old, now) -> podChanged(old, now, queue));
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    if (key.equals(FINISHED)) {
      collectFinished();
      return Result.DONE;
    }
    List<Pod> orphans = pods.find(Terms.node(key.name()));
    if (orphans.isEmpty() || nodes.get(key) != null) {
      missingSince.remove(key.name());
      return Result.DONE;
    }
    long now = nanoClock.getAsLong();
    long since = missingSince.computeIfAbsent(key.name(), k -> now);
    Duration left = quarantine.minusNanos(now - since);
    if (!left.isNegative() && !left.isZero()) {
      return Result.after(left);
    }
    if (nodes.findLive(key) == null) {
      for (Pod pod : orphans) {
        boolean unused = pods.delete(pod, DeleteOptions.grace(0));
      }
    }
    missingSince.remove(key.name());
    return Result.DONE;
  }

  private void podChanged(@Nullable Pod old, @Nullable Pod now, WorkQueue<ObjectKey> queue) {
    if (now == null) {
      return;
    }
    if (now.isFinished() && (old == null || !old.isFinished())) {
      queue.add(FINISHED);
    }
    String node = now.spec().nodeName();
    boolean arrived = old == null || !old.spec().nodeName().equals(node);
    if (arrived && !node.isEmpty() && nodes.get(ObjectKey.clusterScoped(node)) == null) {
      queue.add(ObjectKey.clusterScoped(node));
    }
  }

  private void collectFinished() throws KubeApiException, IOException, InterruptedException {
    List<Pod> finished =
        pods.all().stream()
            .filter(Pod::isFinished)
            .sorted(
                Comparator.comparing(
                    p -> Objects.requireNonNullElse(p.metadata().creationTimestamp(), Instant.MIN)))
            .toList();
    for (Pod pod : finished.subList(0, Math.max(0, finished.size() - finishedPods))) {
      boolean unused = pods.delete(pod, DeleteOptions.grace(0));
    }
  }
}
