// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

/** A ServiceAccount (core/v1): its identity alone. */
public record ServiceAccount(ObjectMeta metadata) implements KubeObject {
  public ServiceAccount {
    metadata = Absent.required(metadata, "metadata");
  }
}
