// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.ReplicaSet;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What Deployments and their ReplicaSets say, with the API's defaults. */
final class Deployments {
  static final String HASH_LABEL = "pod-template-hash";
  static final String REVISION = "deployment.kubernetes.io/revision";
  static final String REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
  static final String DESIRED = "deployment.kubernetes.io/desired-replicas";
  static final String MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

  /** Older first. */
  static final Comparator<ReplicaSet> BY_AGE =
      Comparator.comparing((ReplicaSet set) ->
              Objects.requireNonNullElse(set.metadata().creationTimestamp(), Instant.MAX))
          .thenComparing(set -> set.metadata().name());

  private Deployments() {}

  static int replicas(Deployment deployment) {
    Integer replicas = deployment.spec().replicas();
    return replicas == null ? 1 : replicas;
  }

  static int replicas(ReplicaSet set) {
    Integer replicas = set.spec().replicas();
    return replicas == null ? 1 : replicas;
  }

  static int minReadySeconds(Deployment deployment) {
    Integer seconds = deployment.spec().minReadySeconds();
    return seconds == null ? 0 : seconds;
  }

  static boolean isRecreate(Deployment deployment) {
    Deployment.Strategy strategy = deployment.spec().strategy();
    return strategy != null && strategy.type().equals("Recreate");
  }

  /** Absent or the largest number mean that no deadline is watched. */
  static boolean hasDeadline(Deployment deployment) {
    Integer seconds = deployment.spec().progressDeadlineSeconds();
    return seconds != null && seconds != Integer.MAX_VALUE;
  }

  static @Nullable Condition progressing(Deployment.Status status) {
    for (Condition condition : status.conditions()) {
      if (condition.type().equals("Progressing")) {
        return condition;
      }
    }
    return null;
  }

  /** The revision of a ReplicaSet, 0 if it has none. */
  static long revision(ReplicaSet set) {
    return number(set.metadata().annotations().get(REVISION));
  }

  static long number(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  static RollingUpdatePlan.Size size(ReplicaSet set) {
    String desired = set.metadata().annotations().get(DESIRED);
    Instant created = set.metadata().creationTimestamp();
    return new RollingUpdatePlan.Size(
        set.metadata().name(),
        created == null ? Long.MAX_VALUE : created.getEpochSecond(),
        replicas(set),
        set.status().availableReplicas(),
        (int) number(set.metadata().annotations().get(MAX_REPLICAS)),
        desired == null ? null : (int) number(desired));
  }
}
