// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/** An IngressClass (networking.k8s.io/v1). */
public record IngressClass(ObjectMeta metadata, @Nullable Spec spec) implements KubeObject {
  public IngressClass {
    metadata = Absent.required(metadata, "metadata");
  }

  /** Which controller serves the class. */
  public record Spec(String controller) {
    public Spec {
      controller = Absent.asEmpty(controller);
    }
  }
}
