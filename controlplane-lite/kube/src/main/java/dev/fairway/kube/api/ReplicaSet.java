// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/** A ReplicaSet (apps/v1). */
public record ReplicaSet(ObjectMeta metadata, Spec spec, Status status) implements KubeObject {
  public ReplicaSet {
    metadata = Absent.required(metadata, "metadata");
    spec = Absent.required(spec, "spec");
    status = status == null ? new Status(0, 0, 0, 0, 0) : status;
  }

  /** What was asked for. */
  public record Spec(
      @Nullable Integer replicas,
      @Nullable Integer minReadySeconds,
      LabelSelector selector,
      PodTemplate template) {
    public Spec {
      selector = Absent.required(selector, "selector");
      template = Absent.required(template, "template");
    }
  }

  /** What there is. */
  public record Status(
      int replicas,
      int fullyLabeledReplicas,
      int readyReplicas,
      int availableReplicas,
      long observedGeneration) {}
}
