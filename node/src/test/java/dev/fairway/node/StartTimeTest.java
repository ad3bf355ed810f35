// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What "ready in" counts from. */
final class StartTimeTest {
  @Test
  void countsFromTheLauncher() {
    assertThat(StartTime.secondsSinceStart("1000", () -> Instant.ofEpochMilli(2750)))
        .isEqualTo(1.75);
  }

  @Test
  void withoutALauncherCountsFromTheProcess() {
    Instant start = ProcessHandle.current().info().startInstant().orElseThrow();
    assertThat(StartTime.secondsSinceStart(null, () -> start.plusMillis(500))).isEqualTo(0.5);
    assertThat(StartTime.secondsSinceStart("soon", () -> start.plusMillis(500))).isEqualTo(0.5);
  }
}
