// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Service;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Since when the change that a Service's slices are about to publish has been waiting: the earliest
 * readiness change of a pod that was not seen before. Feeds {@code
 * endpoints.kubernetes.io/last-change-trigger-time}. Thread-safe for different Services.
 */
final class TriggerTimes {
  private record Seen(Map<String, Instant> pods) {}

  private final Map<ObjectKey, Seen> seen = new ConcurrentHashMap<>();

  /** The trigger time of the pending change, or null if nothing that carries a time changed. */
  @Nullable Instant next(Service service, List<Pod> pods) {
    Seen before = seen.get(service.key());
    Map<String, Instant> now = new HashMap<>();
    Instant earliest = null;
    for (Pod pod : pods) {
      Instant changed = readyChanged(pod);
      if (changed == null) {
        continue;
      }
      now.put(pod.metadata().uid(), changed);
      Instant known = before == null ? null : before.pods().get(pod.metadata().uid());
      if ((known == null || changed.isAfter(known))
          && (earliest == null || changed.isBefore(earliest))) {
        earliest = changed;
      }
    }
    Instant created = service.metadata().creationTimestamp();
    if (before == null && created != null && (earliest == null || created.isBefore(earliest))) {
      earliest = created;
    }
    seen.put(service.key(), new Seen(Map.copyOf(now)));
    return earliest;
  }

  /** Forgets a Service that is gone. */
  void forget(ObjectKey service) {
    seen.remove(service);
  }

  private static @Nullable Instant readyChanged(Pod pod) {
    for (Condition condition : pod.status().conditions()) {
      if (condition.type().equals("Ready")) {
        return condition.lastTransitionTime();
      }
    }
    return null;
  }
}
