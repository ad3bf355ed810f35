// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** How long this process has existed, with the start of the JVM. */
final class StartTime {
  private StartTime() {}

  static double secondsSinceStart() {
    Instant now = InstantSource.system().instant();
    Instant start = ProcessHandle.current().info().startInstant().orElse(now);
    return Duration.between(start, now).toMillis() / 1000.0;
  }
}
