// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.replicaset;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pods go first when there are too many, as Kubernetes orders them: not assigned, pending,
 * not ready, cheaper by {@code controller.kubernetes.io/pod-deletion-cost}, doubled up on a node,
 * ready for a shorter time, restarted more often, younger.
 */
final class DeletionOrder {
  private static final String COST = "controller.kubernetes.io/pod-deletion-cost";

  private DeletionOrder() {}

  /**
   * Sorts pods, those to delete first in front.
   *
   * @param related the active pods of all ReplicaSets with the same owner, which count as doubled
   *     up
   */
  static List<Pod> sort(List<Pod> pods, List<Pod> related, Instant now) {
    Map<String, Integer> perNode = new HashMap<>();
    for (Pod pod : related) {
      perNode.merge(pod.spec().nodeName(), 1, Integer::sum);
    }
    Comparator<Pod> order =
        Comparator.comparing((Pod pod) -> !pod.spec().nodeName().isEmpty())
            .thenComparingInt(DeletionOrder::phaseRank)
            .thenComparing(Pod::isReady)
            .thenComparingInt(DeletionOrder::cost)
            .thenComparing(
                pod -> perNode.getOrDefault(pod.spec().nodeName(), 0), Comparator.reverseOrder())
            .thenComparing((a, b) -> byReadyTime(a, b, now))
            .thenComparing(DeletionOrder::restarts, Comparator.reverseOrder())
            .thenComparing((a, b) -> byCreation(a, b, now));
    return pods.stream().sorted(order).toList();
  }

  private static int phaseRank(Pod pod) {
    return switch (pod.status().phase()) {
      case "Running" -> 2;
      case "Unknown" -> 1;
      default -> 0;
    };
  }

  private static int cost(Pod pod) {
    String text = pod.metadata().annotations().get(COST);
    if (text == null) {
      return 0;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static int restarts(Pod pod) {
    return pod.status().containerStatuses().stream()
        .mapToInt(Pod.ContainerStatus::restartCount)
        .max()
        .orElse(0);
  }

  private static int byReadyTime(Pod a, Pod b, Instant now) {
    if (!a.isReady() || !b.isReady()) {
      return 0;
    }
    return youngerFirst(readySince(a), readySince(b), a, b, now);
  }

  private static int byCreation(Pod a, Pod b, Instant now) {
    return youngerFirst(
        a.metadata().creationTimestamp(), b.metadata().creationTimestamp(), a, b, now);
  }

  /** Ages count by their order of magnitude; within one magnitude the uid decides. */
  private static int youngerFirst(
      @Nullable Instant a, @Nullable Instant b, Pod podA, Pod podB, Instant now) {
    if (a == null || b == null) {
      return Boolean.compare(a != null, b != null);
    }
    if (a.equals(b)) {
      return 0;
    }
    int byMagnitude = Integer.compare(magnitude(a, now), magnitude(b, now));
    return byMagnitude != 0 ? byMagnitude : podA.metadata().uid().compareTo(podB.metadata().uid());
  }

  private static int magnitude(Instant since, Instant now) {
    long nanos = Duration.between(since, now).toNanos();
    return nanos <= 0 ? -1 : 63 - Long.numberOfLeadingZeros(nanos);
  }

  static @Nullable Instant readySince(Pod pod) {
    for (Condition condition : pod.status().conditions()) {
      if (condition.type().equals("Ready") && condition.isTrue()) {
        return condition.lastTransitionTime();
      }
    }
    return null;
  }
}
