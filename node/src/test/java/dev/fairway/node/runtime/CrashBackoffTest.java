// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CrashBackoffTest {
  private final CrashBackoff backoff = new CrashBackoff();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void waitsTenSecondsDoublingToFiveMinutesAfterOneImmediateRestart() {
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      waits.add(crash(Duration.ofMillis(100)).toSeconds());
    }
    assertThat(waits).containsExactly(0L, 10L, 20L, 40L, 80L, 160L, 300L, 300L);
  }

  @Test
  void startsFromTheBeginningAfterTenQuietMinutes() {
    for (int i = 0; i < 5; i++) {
      crash(Duration.ofMillis(100));
    }
    assertThat(crash(Duration.ofMinutes(11))).isEqualTo(Duration.ZERO);
    assertThat(crash(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void remembersAfterNineMinutes() {
    crash(Duration.ofSeconds(1));
    crash(Duration.ofSeconds(1));
    assertThat(crash(Duration.ofMinutes(9))).isEqualTo(Duration.ofSeconds(20));
  }

  private Duration crash(Duration ranFor) {
    Instant finished = now.plus(ranFor);
    Instant at = backoff.restartAt(finished);
    Duration wait = Duration.between(finished, at);
    now = at;
    backoff.restarted(finished, now);
    return wait;
  }
}
