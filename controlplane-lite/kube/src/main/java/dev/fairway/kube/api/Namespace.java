// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/** A Namespace (core/v1). */
public record Namespace(ObjectMeta metadata, @Nullable Status status) implements KubeObject {
  public Namespace {
    metadata = Absent.required(metadata, "metadata");
  }

  /**
   * The phase.
   *
   * @param phase Active or Terminating
   */
  public record Status(String phase) {
    public Status {
      phase = Absent.asEmpty(phase);
    }
  }
}
