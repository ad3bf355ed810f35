// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/** An IngressClass (networking.k8s.io/v1). */
public record IngressClass(ObjectMeta metadata, @Nullable Spec spec) implements KubeObject {
  /** Which controller serves the class. */
  public record Spec(String controller) {}
}
