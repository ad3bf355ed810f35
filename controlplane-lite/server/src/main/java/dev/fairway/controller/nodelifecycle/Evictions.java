// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.nodelifecycle;

import dev.fairway.controller.runtime.Tolerations;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a pod has to leave a node because of NoExecute taints. Unlike Kubernetes, nobody adds the
 * toleration of 300 s for unreachable nodes: without one of its own a pod leaves at once. A node
 * that is there but not ready gets those 300 s.
 */
final class Evictions {
  private static final Duration NOT_READY_PATIENCE = Duration.ofSeconds(300);

  private Evictions() {}

  /** How long the pod may stay from now on, zero for not at all, null for ever. */
  static @Nullable Duration remaining(Pod pod, Node node, Instant now) {
    Duration shortest = null;
    for (Node.Taint taint : node.spec().taints()) {
      if (!taint.effect().equals("NoExecute")) {
        continue;
      }
      Duration stay = stay(pod, taint);
      if (stay == null) {
        continue;
      }
      Instant since = taint.timeAdded() == null ? now : taint.timeAdded();
      Duration left = Duration.between(now, since.plus(stay));
      Duration remaining = left.isNegative() ? Duration.ZERO : left;
      if (shortest == null || remaining.compareTo(shortest) < 0) {
        shortest = remaining;
      }
    }
    return shortest;
  }

  /** How long the pod bears a taint in all, null for ever. */
  private static @Nullable Duration stay(Pod pod, Node.Taint taint) {
    boolean tolerated = false;
    Long shortest = null;
    for (Pod.Toleration toleration : pod.spec().tolerations()) {
      if (isAddedByAdmission(toleration) || !Tolerations.covers(toleration, taint)) {
        continue;
      }
      tolerated = true;
      Long seconds = toleration.tolerationSeconds();
      if (seconds != null && (shortest == null || seconds < shortest)) {
        shortest = seconds;
      }
    }
    if (tolerated) {
      return shortest == null ? null : Duration.ofSeconds(Math.max(0, shortest));
    }
    return taint.key().equals(NodeHealth.NOT_READY) ? NOT_READY_PATIENCE : Duration.ZERO;
  }

  /** What DefaultTolerationSeconds writes; a pod that means 300 s has to ask for another number. */
  private static boolean isAddedByAdmission(Pod.Toleration toleration) {
    return toleration.key().equals(NodeHealth.UNREACHABLE)
        && toleration.operator().equals("Exists")
        && toleration.effect().equals("NoExecute")
        && Long.valueOf(NOT_READY_PATIENCE.toSeconds()).equals(toleration.tolerationSeconds());
  }
}
