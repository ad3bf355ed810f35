// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Deployment (apps/v1). */
public record Deployment(ObjectMeta metadata, Spec spec, Status status) implements KubeObject {
  public Deployment {
    metadata = Absent.required(metadata, "metadata");
    spec = Absent.required(spec, "spec");
    status = status == null ? new Status(0, 0, 0, 0, 0, 0, null, List.of()) : status;
  }

  /** What was asked for. */
  public record Spec(
      @Nullable Integer replicas,
      LabelSelector selector,
      PodTemplate template,
      @Nullable Strategy strategy,
      @Nullable Integer minReadySeconds,
      @Nullable Integer revisionHistoryLimit,
      @Nullable Integer progressDeadlineSeconds,
      boolean paused) {
    public Spec {
      selector = Absent.required(selector, "selector");
      template = Absent.required(template, "template");
    }
  }

  /**
   * How pods are replaced.
   *
   * @param type RollingUpdate or Recreate
   */
  public record Strategy(String type, @Nullable RollingUpdate rollingUpdate) {
    public Strategy {
      type = Absent.asEmpty(type);
    }
  }

  /** Budgets of a rolling update, each a number or a percentage; 25% by default. */
  public record RollingUpdate(
      @Nullable IntOrString maxUnavailable, @Nullable IntOrString maxSurge) {}

  /** What there is. */
  public record Status(
      long observedGeneration,
      int replicas,
      int updatedReplicas,
      int readyReplicas,
      int availableReplicas,
      int unavailableReplicas,
      @Nullable Integer collisionCount,
      List<Condition> conditions) {
    public Status {
      conditions = Absent.asEmpty(conditions);
    }
  }
}
