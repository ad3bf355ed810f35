// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Pod.Probe;
import dev.fairway.node.runtime.ProbeState.Kind;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ProbeStateTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START;

  @Test
  void readinessBeginsFailingAndPassesAtTheFirstSuccess() {
    ProbeState probe = new ProbeState(Kind.READINESS, probe(null, 10, null, null), START, START);
    assertThat(probe.isPassing()).isFalse();
    assertThat(tryOnce(probe, true)).isTrue();
    assertThat(probe.isPassing()).isTrue();
  }

  @Test
  void readinessFailsOnlyAfterThreeFailuresInARow() {
    ProbeState probe = new ProbeState(Kind.READINESS, probe(null, 10, null, null), START, START);
    tryOnce(probe, true);
    tryOnce(probe, false);
    tryOnce(probe, false);
    tryOnce(probe, true);
    tryOnce(probe, false);
    tryOnce(probe, false);
    assertThat(probe.isPassing()).isTrue();
    assertThat(tryOnce(probe, false)).isTrue();
    assertThat(probe.isPassing()).isFalse();
    assertThat(probe.hasFailed()).isFalse();
  }

  @Test
  void readinessNeedsTheSuccessThreshold() {
    ProbeState probe = new ProbeState(Kind.READINESS, probe(null, 1, 3, 1), START, START);
    tryOnce(probe, true);
    tryOnce(probe, true);
    assertThat(probe.isPassing()).isFalse();
    tryOnce(probe, true);
    assertThat(probe.isPassing()).isTrue();
  }

  @Test
  void livenessBeginsPassingAndFailsAfterTheThreshold() {
    ProbeState probe = new ProbeState(Kind.LIVENESS, probe(null, 10, null, 2), START, START);
    assertThat(probe.isPassing()).isTrue();
    assertThat(tryOnce(probe, false)).isFalse();
    assertThat(tryOnce(probe, false)).isTrue();
    assertThat(probe.hasFailed()).isTrue();
  }

  @Test
  void firstTryWaitsForTheInitialDelay() {
    ProbeState probe = new ProbeState(Kind.LIVENESS, probe(7, 10, null, null), START, START);
    assertThat(probe.nextTry()).isEqualTo(START.plusSeconds(7));
  }

  @Test
  void delayThatIsOverWhenTheContainerCountsAsStartedMeansNow() {
    Instant later = START.plusSeconds(30);
    ProbeState probe = new ProbeState(Kind.READINESS, probe(7, 10, null, null), START, later);
    assertThat(probe.nextTry()).isEqualTo(later);
  }

  @Test
  void livenessIsTriedOncePerPeriod() {
    ProbeState probe = new ProbeState(Kind.LIVENESS, probe(null, 4, null, null), START, START);
    tryOnce(probe, false);
    assertThat(probe.nextTry()).isEqualTo(START.plusSeconds(4));
  }

  @Test
  void startupTriesEarlyWithoutCountingThoseFailures() {
    ProbeState probe = new ProbeState(Kind.STARTUP, probe(null, 10, null, 2), START, START);
    tryOnce(probe, false);
    assertThat(probe.nextTry()).isBefore(START.plusSeconds(1));
    while (probe.nextTry().isBefore(START.plusSeconds(10))) {
      tryOnce(probe, false);
    }
    assertThat(probe.hasFailed()).isFalse();
    assertThat(probe.nextTry()).isEqualTo(START.plusSeconds(10));
    tryOnce(probe, false);
    assertThat(probe.hasFailed()).isTrue();
  }

  @Test
  void earlySuccessCounts() {
    ProbeState probe = new ProbeState(Kind.STARTUP, probe(null, 10, null, null), START, START);
    tryOnce(probe, false);
    tryOnce(probe, true);
    assertThat(probe.isPassing()).isTrue();
    assertThat(now).isBefore(START.plusSeconds(1));
  }

  @Test
  void timeoutIsOneSecondByDefault() {
    ProbeState probe = new ProbeState(Kind.STARTUP, probe(null, 10, null, null), START, START);
    assertThat(probe.timeout()).isEqualTo(Duration.ofSeconds(1));
  }

  private boolean tryOnce(ProbeState probe, boolean success) {
    now = probe.nextTry();
    boolean regular = probe.begin(now);
    return probe.finish(success, regular, now);
  }

  private static Probe probe(
      @Nullable Integer delay,
      @Nullable Integer period,
      @Nullable Integer successes,
      @Nullable Integer failures) {
    return new Probe(null, null, null, null, delay, null, period, successes, failures, null);
  }
}
