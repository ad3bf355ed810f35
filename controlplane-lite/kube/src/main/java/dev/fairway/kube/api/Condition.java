// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A status condition as pods, nodes, deployments and others carry it.
 *
 * @param status "True", "False" or "Unknown"
 */
public record Condition(
    String type,
    String status,
    String reason,
    String message,
    @Nullable Instant lastTransitionTime,
    @Nullable Instant lastUpdateTime,
    @Nullable Instant lastHeartbeatTime,
    @Nullable Long observedGeneration) {

  public Condition {
    type = Absent.asEmpty(type);
    status = Absent.asEmpty(status);
    reason = Absent.asEmpty(reason);
    message = Absent.asEmpty(message);
  }

  /** Whether the status is "True". */
  public boolean isTrue() {
    return "True".equals(status);
  }
}
