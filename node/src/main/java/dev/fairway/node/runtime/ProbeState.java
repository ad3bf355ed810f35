// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The verdict of one probe of one run of a container: thresholds and times, without the probing
 * itself. Confined to its pod's worker.
 *
 * <p>Between the first tries of a readiness or startup probe nobody has to wait a whole period for
 * a process that needs a moment to listen: extra tries run at growing distances until the second
 * regular one, and their failures are not counted.
 */
final class ProbeState {
  /** What depends on the verdict. */
  enum Kind {
    STARTUP,
    LIVENESS,
    READINESS
  }

  private static final Duration FIRST_EXTRA_TRY = Duration.ofMillis(50);

  private final Kind kind;
  private final Pod.Probe probe;
  private final Instant firstTry;
  private Instant nextRegular;
  private @Nullable Instant nextExtra;
  private Duration extraDistance = FIRST_EXTRA_TRY;
  private boolean passing;
  private boolean failed;
  private int successes;
  private int failures;

  ProbeState(Kind kind, Pod.Probe probe, Instant containerStart, Instant now) {
    this.kind = kind;
    this.probe = probe;
    Instant afterDelay =
        containerStart.plusSeconds(Math.max(0, orElse(probe.initialDelaySeconds(), 0)));
    this.firstTry = afterDelay.isAfter(now) ? afterDelay : now;
    this.nextRegular = firstTry;
    this.passing = kind == Kind.LIVENESS;
  }

  Kind kind() {
    return kind;
  }

  Pod.Probe probe() {
    return probe;
  }

  Duration timeout() {
    return Duration.ofSeconds(Math.max(1, orElse(probe.timeoutSeconds(), 1)));
  }

  /** Whether the container counts as ready, alive or started by this probe. */
  boolean isPassing() {
    return passing;
  }

  /** Whether enough failures came together that a container must be killed (not readiness). */
  boolean hasFailed() {
    return failed;
  }

  /** When the next try is due. */
  Instant nextTry() {
    return nextExtra != null && nextExtra.isBefore(nextRegular) ? nextExtra : nextRegular;
  }

  /** Moves the schedule on; called when a try begins. */
  boolean begin(Instant now) {
    boolean regular = !now.isBefore(nextRegular);
    if (regular) {
      nextRegular = now.plus(period());
    }
    nextExtra = null;
    return regular;
  }

  /**
   * Takes the outcome of a try.
   *
   * @param regular what {@link #begin} said
   * @return whether the verdict changed
   */
  boolean finish(boolean success, boolean regular, Instant now) {
    if (!success && mayTryAgainEarly(now)) {
      nextExtra = now.plus(extraDistance);
      extraDistance = extraDistance.multipliedBy(2);
    }
    if (!success && !regular) {
      return false;
    }
    if (success) {
      failures = 0;
      successes++;
      if (!passing && successes >= Math.max(1, orElse(probe.successThreshold(), 1))) {
        passing = true;
        return true;
      }
      return false;
    }
    successes = 0;
    failures++;
    if (failures < Math.max(1, orElse(probe.failureThreshold(), 3))) {
      return false;
    }
    boolean changed = passing || (kind != Kind.READINESS && !failed);
    passing = false;
    failed = kind != Kind.READINESS;
    return changed;
  }

  private boolean mayTryAgainEarly(Instant now) {
    return kind != Kind.LIVENESS && !passing && now.isBefore(firstTry.plus(period()));
  }

  private Duration period() {
    return Duration.ofSeconds(Math.max(1, orElse(probe.periodSeconds(), 10)));
  }

  private static int orElse(@Nullable Integer value, int fallback) {
    return value == null ? fallback : value;
  }
}
