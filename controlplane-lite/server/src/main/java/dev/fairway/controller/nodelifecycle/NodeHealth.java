// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.nodelifecycle;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Node;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the conditions and taints of a node should be: pure functions. */
final class NodeHealth {
  static final String NOT_READY = "node.kubernetes.io/not-ready";
  static final String UNREACHABLE = "node.kubernetes.io/unreachable";
  static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
  private static final Set<String> OURS = Set.of(NOT_READY, UNREACHABLE, UNSCHEDULABLE);
  private static final List<String> REPORTED =
      List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");

  private NodeHealth() {}

  static @Nullable Condition ready(Node node) {
    for (Condition condition : node.status().conditions()) {
      if (condition.type().equals("Ready")) {
        return condition;
      }
    }
    return null;
  }

  /** Whether nobody has heard of the node lately. */
  static boolean isUnknown(Node node) {
    Condition ready = ready(node);
    return ready != null && ready.status().equals("Unknown");
  }

  /** The conditions of a node that is silent: what it reported is Unknown. */
  static List<Condition> silent(Node node, Instant now) {
    List<Condition> next = new ArrayList<>();
    for (Condition condition : node.status().conditions()) {
      boolean unknown =
          REPORTED.contains(condition.type()) && !condition.status().equals("Unknown");
      next.add(
          unknown
              ? new Condition(
                  condition.type(),
                  "Unknown",
                  "NodeStatusUnknown",
                  "Kubelet stopped posting node status.",
                  now,
                  null,
                  condition.lastHeartbeatTime(),
                  null)
              : condition);
    }
    if (ready(node) == null) {
      next.add(
          new Condition(
              "Ready",
              "Unknown",
              "NodeStatusNeverUpdated",
              "Kubelet never posted node status.",
              now,
              null,
              node.metadata().creationTimestamp(),
              null));
    }
    return next;
  }

  /** The conditions of a node that renews its Lease again after it was silent. */
  static List<Condition> heard(Node node, Instant now) {
    List<Condition> next = new ArrayList<>();
    for (Condition condition : node.status().conditions()) {
      boolean ours = condition.reason().startsWith("NodeStatus");
      boolean ready = condition.type().equals("Ready");
      next.add(
          ours
              ? new Condition(
                  condition.type(),
                  ready ? "True" : "False",
                  ready ? "KubeletReady" : "KubeletHasNo" + condition.type(),
                  "The node renews its lease again",
                  now,
                  null,
                  now,
                  null)
              : condition);
    }
    return next;
  }

  /**
   * The taints that fit the Ready condition and spec.unschedulable; others are kept as they are.
   */
  static List<Node.Taint> taints(Node node, Instant now) {
    List<Node.Taint> wanted = new ArrayList<>();
    Condition ready = ready(node);
    if (ready == null || !ready.isTrue()) {
      String key = ready != null && ready.status().equals("Unknown") ? UNREACHABLE : NOT_READY;
      wanted.add(new Node.Taint(key, "", "NoSchedule", now));
      wanted.add(new Node.Taint(key, "", "NoExecute", now));
    }
    if (node.spec().unschedulable()) {
      wanted.add(new Node.Taint(UNSCHEDULABLE, "", "NoSchedule", now));
    }
    List<Node.Taint> next = new ArrayList<>();
    for (Node.Taint taint : node.spec().taints()) {
      boolean stays = !OURS.contains(taint.key()) || wanted.removeIf(w -> same(w, taint));
      if (stays) {
        next.add(taint);
      }
    }
    next.addAll(wanted);
    return next;
  }

  private static boolean same(Node.Taint a, Node.Taint b) {
    return a.key().equals(b.key()) && a.effect().equals(b.effect());
  }
}
