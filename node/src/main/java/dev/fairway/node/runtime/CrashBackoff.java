// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a container that ended may start again, by the kubelet's rule: the first restart at once,
 * then 10 s after the end, doubling to 5 minutes, from the beginning again after 10 quiet minutes.
 * Confined to its pod's worker.
 */
final class CrashBackoff {
  static final Duration FIRST = Duration.ofSeconds(10);
  static final Duration MAX = Duration.ofMinutes(5);
  private static final Duration FORGOTTEN = MAX.multipliedBy(2);

  private @Nullable Duration delay;
  private Instant lastRestart = Instant.EPOCH;

  /** The wait that counts from the end of the container; zero before the first restart. */
  Duration delay() {
    return delay == null ? Duration.ZERO : delay;
  }

  /** The earliest time to start a container again that ended at the given time. */
  Instant restartAt(Instant finishedAt) {
    return isForgotten(finishedAt) ? finishedAt : finishedAt.plus(delay());
  }

  /** Notes that the container was started again after an end. */
  void restarted(Instant finishedAt, Instant now) {
    if (delay == null || isForgotten(finishedAt)) {
      delay = FIRST;
    } else {
      Duration doubled = delay.multipliedBy(2);
      delay = doubled.compareTo(MAX) > 0 ? MAX : doubled;
    }
    lastRestart = now;
  }

  private boolean isForgotten(Instant finishedAt) {
    return Duration.between(lastRestart, finishedAt).compareTo(FORGOTTEN) > 0;
  }
}
