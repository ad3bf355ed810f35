// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import dev.fairway.controller.runtime.Tolerations;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where a pod should go: a pure function of the pod and all nodes. */
sealed interface Placement {

  /** The best node. */
  record Bind(String node) implements Placement {}

  /** No node fits, and why. */
  record NoNode(String message) implements Placement {}

  /** Chooses among the nodes. */
  static Placement choose(Pod pod, List<NodeState> nodes) {
    if (nodes.isEmpty()) {
      return new NoNode("no nodes available to schedule pods");
    }
    List<NodeState> feasible = new ArrayList<>();
    Map<String, Integer> reasons = new TreeMap<>();
    for (NodeState state : nodes) {
      List<String> against = NodeFilters.reasons(pod, state);
      if (against.isEmpty()) {
        feasible.add(state);
      }
      against.forEach(reason -> reasons.merge(reason, 1, Integer::sum));
    }
    if (feasible.isEmpty()) {
      List<String> parts = new ArrayList<>();
      reasons.forEach((reason, count) -> parts.add(count + " " + reason));
      parts.sort(Comparator.naturalOrder());
      return new NoNode(
          "0/" + nodes.size() + " nodes are available: " + String.join(", ", parts) + ".");
    }
    return new Bind(feasible.stream().min(best(pod)).orElseThrow().name());
  }

  /** Spreads pods of one owner first, then pods at all, then what they ask for. */
  private static Comparator<NodeState> best(Pod pod) {
    return Comparator.comparingLong((NodeState s) -> preferenceTaints(pod, s))
        .thenComparingLong(s -> siblings(pod, s))
        .thenComparingInt(s -> s.pods().size())
        .thenComparingLong(s -> s.requested().milliCpu())
        .thenComparing(NodeState::name);
  }

  private static long siblings(Pod pod, NodeState state) {
    OwnerReference owner = pod.metadata().controllerOwner();
    Map<String, String> labels = pod.metadata().labels();
    return state.pods().stream()
        .filter(other -> other.metadata().namespace().equals(pod.metadata().namespace()))
        .filter(other -> {
          OwnerReference otherOwner = other.metadata().controllerOwner();
          return owner != null
              ? otherOwner != null && otherOwner.uid().equals(owner.uid())
              : otherOwner == null && !labels.isEmpty() && other.metadata().labels().equals(labels);
        })
        .count();
  }

  private static long preferenceTaints(Pod pod, NodeState state) {
    return state.node().spec().taints().stream()
        .filter(t -> t.effect().equals("PreferNoSchedule"))
        .filter(t -> !Tolerations.tolerates(pod.spec().tolerations(), t))
        .count();
  }
}
