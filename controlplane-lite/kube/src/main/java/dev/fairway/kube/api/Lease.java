// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A Lease (coordination.k8s.io/v1): a node's heartbeat, or a leader's claim. */
public record Lease(ObjectMeta metadata, @Nullable Spec spec) implements KubeObject {
  public Lease {
    metadata = Absent.required(metadata, "metadata");
  }

  /** Who holds the lease and until when. */
  public record Spec(
      @Nullable String holderIdentity,
      @Nullable Integer leaseDurationSeconds,
      @Nullable Instant acquireTime,
      @Nullable Instant renewTime,
      @Nullable Integer leaseTransitions) {}
}
