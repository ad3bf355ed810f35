// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** kube-proxy's clock test of its health server, with its timeout of 10 s. */
class ProxyHealthTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final ProxyHealth health =
      new ProxyHealth(() -> now, Duration.ofSeconds(10), Set.of(IpFamily.IPV4, IpFamily.IPV6));

  @BeforeEach
  void nodeIsKnown() {
    health.nodeSeen(false, List.of());
  }

  @Test
  void freshAndIdle_isHealthy() {
    expect("start", 200, true, true);
    update(IpFamily.IPV4);
    update(IpFamily.IPV6);
    expect("after updates", 200, true, true);
    now = now.plusSeconds(25);
    expect("idle for 25 s", 200, true, true);
  }

  @Test
  void changeThatWaitsTooLong_isUnhealthyUntilItIsProgrammed() {
    update(IpFamily.IPV4);
    Instant updated = now;
    now = now.plusSeconds(1);
    health.queued(IpFamily.IPV4);
    now = now.plus(Duration.ofSeconds(10).minusNanos(1));
    expect("just before the timeout", 200, true, true);
    now = now.plusNanos(1);
    expect("at the timeout", 503, false, true);
    assertThat(health.answer("/livez").body())
        .startsWith(
            "{\"lastUpdated\":\"" + updated + "\",\"currentTime\":\"" + GoTime.text(now) + "\"");
    health.updated(IpFamily.IPV4);
    expect("programmed", 200, true, true);
    assertThat(health.answer("/livez").body()).startsWith("{\"lastUpdated\":\"" + now + "\"");
  }

  @Test
  void furtherChanges_doNotHideTheFirst() {
    health.queued(IpFamily.IPV6);
    now = now.plusSeconds(9);
    health.queued(IpFamily.IPV6);
    now = now.plusSeconds(1);
    expect("first one waits for 10 s", 503, true, false);
  }

  @Test
  void bothFamiliesLate_oneUpdateIsNotEnough() {
    health.queued(IpFamily.IPV4);
    health.queued(IpFamily.IPV6);
    now = now.plusSeconds(25);
    expect("both late", 503, false, false);
    health.updated(IpFamily.IPV4);
    expect("IPv4 only", 503, true, false);
    health.updated(IpFamily.IPV6);
    expect("both", 200, true, true);
  }

  @Test
  void nodeThatGoesAway_failsHealthzOnly() {
    health.nodeSeen(false, List.of("other"));
    expectNode(200, true);
    health.nodeSeen(false, List.of("other", ProxyHealth.DELETION_TAINT));
    expectNode(503, false);
    health.nodeSeen(true, List.of());
    expectNode(503, false);
    health.nodeSeen(false, List.of());
    expectNode(200, true);
    health.nodeGone();
    expectNode(503, false);
  }

  @Test
  void unknownPath_isNotFoundAndNotCounted() {
    assertThat(health.answer("/").status()).isEqualTo(404);
    assertThat(health.healthzCount(200) + health.healthzCount(503)).isZero();
  }

  @Test
  void answers_areCountedByCode() {
    health.answer("/healthz");
    health.answer("/livez");
    health.nodeGone();
    health.answer("/healthz");
    health.answer("/healthz");
    health.answer("/livez");
    assertThat(health.healthzCount(200)).isEqualTo(1);
    assertThat(health.healthzCount(503)).isEqualTo(2);
    assertThat(health.livezCount(200)).isEqualTo(2);
    assertThat(health.livezCount(503)).isZero();
  }

  /** Recorded from kube-proxy 1.36.3. */
  @Test
  void body_isKubeProxysToTheByte() {
    now = Instant.parse("2026-11-21T09:38:28.523253984Z");
    update(IpFamily.IPV4);
    now = Instant.parse("2026-11-21T09:38:28.571274610Z");
    update(IpFamily.IPV6);
    now = Instant.parse("2026-11-21T09:38:32.745Z");
    String families =
        "\"healthy\":true,\"status\":{\"IPv4\":{\"lastUpdated\":\"2026-11-21T09:38:28.523253984Z\","
            + "\"healthy\":true},\"IPv6\":{\"lastUpdated\":\"2026-11-21T09:38:28.57127461Z\","
            + "\"healthy\":true}}}";
    String times =
        "{\"lastUpdated\":\"2026-11-21T09:38:32.745Z\",\"currentTime\":\"2026-11-21T09:38:32.745Z\",";
    assertThat(health.answer("/healthz").body())
        .isEqualTo(times + "\"nodeEligible\":true," + families);
    assertThat(health.answer("/livez").body()).isEqualTo(times + families);
    assertThat(health.answer("/livez").contentType()).isEqualTo("application/json");
    assertThat(health.answer("/livez").headers())
        .containsExactly(Map.entry("X-Content-Type-Options", "nosniff"));
  }

  @Test
  void familyThatWasNeverProgrammed_hasGosFirstTime() {
    assertThat(health.answer("/livez").body())
        .contains("\"IPv4\":{\"lastUpdated\":\"0001-01-01T00:00:00Z\",\"healthy\":true}");
  }

  private void update(IpFamily family) {
    health.queued(family);
    health.updated(family);
  }

  private void expect(String when, int status, boolean v4, boolean v6) {
    for (String path : List.of("/healthz", "/livez")) {
      Answer answer = health.answer(path);
      assertThat(answer.status()).describedAs(when + path).isEqualTo(status);
      assertThat(answer.body())
          .describedAs(when + path)
          .contains("\"healthy\":" + (status == 200) + ",\"status\"")
          .containsPattern("\"IPv4\":\\{\"lastUpdated\":\"[^\"]+\",\"healthy\":" + v4)
          .containsPattern("\"IPv6\":\\{\"lastUpdated\":\"[^\"]+\",\"healthy\":" + v6);
    }
    assertThat(health.isHealthy()).describedAs(when).isEqualTo(status == 200);
  }

  private void expectNode(int status, boolean eligible) {
    assertThat(health.answer("/healthz").status()).isEqualTo(status);
    assertThat(health.answer("/healthz").body()).contains("\"nodeEligible\":" + eligible);
    assertThat(health.answer("/livez").status()).isEqualTo(200);
    assertThat(health.answer("/livez").body()).doesNotContain("nodeEligible");
  }
}
