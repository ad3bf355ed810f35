// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.replicaset;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the pods of a ReplicaSet add up to.
 *
 * @param nextAvailable when the next ready pod becomes available by minReadySeconds, or null
 */
record PodCounts(
    int replicas, int fullyLabeled, int ready, int available, @Nullable Duration nextAvailable) {

  /** Counts active pods. */
  static PodCounts of(
      List<Pod> pods, Map<String, String> templateLabels, int minReadySeconds, Instant now) {
    int fullyLabeled = 0;
    int ready = 0;
    int available = 0;
    Duration next = null;
    for (Pod pod : pods) {
      if (pod.metadata().labels().entrySet().containsAll(templateLabels.entrySet())) {
        fullyLabeled++;
      }
      if (!pod.isReady()) {
        continue;
      }
      ready++;
      Duration missing = missing(pod, minReadySeconds, now);
      if (missing.isZero()) {
        available++;
      } else if (next == null || missing.compareTo(next) < 0) {
        next = missing;
      }
    }
    return new PodCounts(pods.size(), fullyLabeled, ready, available, next);
  }

  private static Duration missing(Pod pod, int minReadySeconds, Instant now) {
    if (minReadySeconds == 0) {
      return Duration.ZERO;
    }
    Instant since = DeletionOrder.readySince(pod);
    if (since == null) {
      return Duration.ofSeconds(minReadySeconds);
    }
    Duration missing = Duration.between(now, since.plusSeconds(minReadySeconds));
    return missing.isNegative() ? Duration.ZERO : missing;
  }

  /** The status to write. */
  ReplicaSet.Status status(long observedGeneration) {
    return new ReplicaSet.Status(replicas, fullyLabeled, ready, available, observedGeneration);
  }
}
