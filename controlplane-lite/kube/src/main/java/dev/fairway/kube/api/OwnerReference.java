// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/** A reference to the object that owns this one (metav1.OwnerReference). */
public record OwnerReference(
    String apiVersion,
    String kind,
    String name,
    String uid,
    @Nullable Boolean controller,
    @Nullable Boolean blockOwnerDeletion) {

  public OwnerReference {
    apiVersion = Absent.asEmpty(apiVersion);
    kind = Absent.asEmpty(kind);
    name = Absent.asEmpty(name);
    uid = Absent.asEmpty(uid);
  }

  /** Whether the owner is the managing controller. */
  public boolean isController() {
    return Boolean.TRUE.equals(controller);
  }
}
