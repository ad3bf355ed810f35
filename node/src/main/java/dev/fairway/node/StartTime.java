// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** How long the user has waited: since the launcher was called, without a build. */
final class StartTime {
  /** Set by the launcher: milliseconds since the epoch. */
  static final String LAUNCHED = "FAIRWAY_LAUNCHED_MILLIS";

  private StartTime() {}

  static double secondsSinceStart() {
    return secondsSinceStart(System.getenv(LAUNCHED), InstantSource.system());
  }

  static double secondsSinceStart(@Nullable String launched, InstantSource clock) {
    Instant now = clock.instant();
    Instant start = ProcessHandle.current().info().startInstant().orElse(now);
    if (launched != null) {
      try {
        start = Instant.ofEpochMilli(Long.parseLong(launched));
      } catch (NumberFormatException _) {
        return Duration.between(start, now).toMillis() / 1000.0;
      }
    }
    return Duration.between(start, now).toMillis() / 1000.0;
  }
}
