// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.health.Answer.Request;
import dev.fairway.service.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages of the metrics server; what kube-proxy 1.36.3 said was recorded. */
class ProxyPagesTest {
  private static final Set<IpFamily> BOTH = Set.of(IpFamily.IPV4, IpFamily.IPV6);

  private Instant now = Instant.parse("2026-11-01T09:38:26.5Z");
  private final ProxyMetrics metrics = new ProxyMetrics();
  private final ProxyPages pages =
      new ProxyPages(
          new ProxyServers.Pages(
              "userspace",
              "0.1.0",
              () -> "{\"kubeproxy.config.k8s.io\":{}}",
              () -> Map.of("v", "2", "bind-address", "0.0.0.0", "config", "a \"b\""),
              () -> "rest_client_requests_total{code=\"200\",host=\"h\",method=\"GET\"} 4\n"),
          metrics,
          new ProxyHealth(() -> now, Duration.ofSeconds(60), BOTH),
          BOTH,
          () -> now);

  private Answer get(String path) {
    return pages.answer(Request.of(path));
  }

  @ParameterizedTest(name = "{0}?{1}")
  @CsvSource({
    "/healthz,'',ok",
    "/healthz,verbose,'[+]ping ok\nhealthz check passed\n'",
    "/healthz,verbose=true,'[+]ping ok\nhealthz check passed\n'",
    "/healthz,verbose&exclude=ping,'[+]ping excluded: ok\nhealthz check passed\n'",
    "/healthz,exclude=ping,ok",
    "/healthz/ping,'',ok",
    "/proxyMode,'',userspace"
  })
  void words(String path, String query, String body) {
    Answer answer = pages.answer(new Request("GET", path, query, "*/*"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.contentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(answer.headers()).containsEntry("X-Content-Type-Options", "nosniff");
    assertThat(answer.body()).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource({"/", "/livez", "/readyz", "/healthz/log", "/metrics/", "/debug/pprof/", "''"})
  void otherPaths_areNotFound(String path) {
    Answer answer = get(path);
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.contentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(answer.body()).isEqualTo("404 page not found\n");
  }

  @Test
  void configz_isJson() {
    assertThat(get("/configz").contentType()).isEqualTo("application/json");
    assertThat(get("/configz").headers()).containsEntry("X-Content-Type-Options", "nosniff");
    assertThat(get("/configz").body()).isEqualTo("{\"kubeproxy.config.k8s.io\":{}}");
  }

  @Test
  void statusz_saysHowLongItRuns() {
    now = now.plusSeconds(2 * 3600 + 3 * 60 + 4);
    assertThat(get("/statusz").contentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(get("/statusz").body())
        .isEqualTo(
            """

            kube-proxy statusz
            Warning: This endpoint is not meant to be machine parseable, has no formatting \
            compatibility guarantees and is for debugging purposes only.

            Started= Sun Nov  1 09:38:26 UTC 2026
            Up= 2 hr 03 min 04 sec
            Java version= %s
            Binary version= 0.1.0
            Emulation version= 1.36
            Paths= /configz /flagz /healthz /metrics /proxyMode
            """
                .formatted(Runtime.version()));
  }

  @Test
  void statusz_endsWithWhatTheProxyAdds() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("Mode", "ebpf");
    lines.put("Because", "its self-test passed");
    ProxyPages more =
        new ProxyPages(
            ProxyServers.Pages.DEFAULT.withStatus(() -> lines),
            metrics,
            new ProxyHealth(() -> now, Duration.ofSeconds(60), BOTH),
            BOTH,
            () -> now);
    assertThat(more.answer(Request.of("/statusz")).body())
        .endsWith("/proxyMode\n\nMode= ebpf\nBecause= its self-test passed\n");
  }

  @Test
  void flagz_isSorted() {
    assertThat(get("/flagz").body())
        .isEqualTo(
            """

            kube-proxy flagz
            Warning: This endpoint is not meant to be machine parseable, has no formatting \
            compatibility guarantees and is for debugging purposes only.
            bind-address=0.0.0.0
            config=a "b"
            v=2
            """);
  }

  @Test
  void debugPages_areJsonForThoseWhoNameTheKind() {
    String accept = "application/json;as=Statusz;v=v1alpha1;g=config.k8s.io";
    now = now.plusSeconds(31);
    Answer status = pages.answer(new Request("GET", "/statusz", "", accept));
    assertThat(status.contentType())
        .isEqualTo("application/json;g=config.k8s.io;v=v1alpha1;as=Statusz");
    assertThat(status.body())
        .isEqualTo(
            """
            {
              "kind": "Statusz",
              "apiVersion": "config.k8s.io/v1alpha1",
              "metadata": {
                "name": "kube-proxy"
              },
              "startTime": "2026-11-01T09:38:26Z",
              "uptimeSeconds": 31,
              "javaVersion": "%s",
              "binaryVersion": "0.1.0",
              "emulationVersion": "1.36",
              "paths": [
                "/configz",
                "/flagz",
                "/healthz",
                "/metrics",
                "/proxyMode"
              ]
            }\
            """
                .formatted(Runtime.version()));
    Answer flags =
        pages.answer(
            new Request("GET", "/flagz", "", "text/html, application/json;v=v1beta1;as=Flagz"));
    assertThat(flags.body())
        .contains("\"apiVersion\": \"config.k8s.io/v1beta1\"")
        .contains("    \"config\": \"a \\\"b\\\"\",\n    \"v\": \"2\"\n  }\n}");
  }

  @ParameterizedTest(name = "Accept: {0}")
  @CsvSource({
    "'',200",
    "*/*,200",
    "text/plain,200",
    "text/*;q=0.5,200",
    "application/json,406",
    "text/html,406",
    "application/json;as=Flagz,406"
  })
  void debugPages_negotiate(String accept, int status) {
    Answer answer = pages.answer(new Request("GET", "/statusz", "", accept));
    assertThat(answer.status()).isEqualTo(status);
    if (status == 406) {
      assertThat(answer.body()).contains("\"reason\": \"NotAcceptable\"");
    }
  }

  @Test
  void slis_countTheHealthChecks() {
    assertThat(get("/metrics/slis").body()).doesNotContain("kubernetes_healthcheck");
    get("/healthz");
    get("/healthz");
    Answer slis = get("/metrics/slis");
    assertThat(slis.headers()).containsKey("Process-Start-Time-Unix");
    assertThat(slis.body())
        .contains(
            """
            # TYPE kubernetes_healthcheck gauge
            kubernetes_healthcheck{name="ping",type="healthz"} 1
            """)
        .contains(
            """
            # TYPE kubernetes_healthchecks_total counter
            kubernetes_healthchecks_total{name="ping",status="success",type="healthz"} 2
            """)
        .contains("process_start_time_seconds ");
  }

  /** Every line of kube-proxy's metrics that means something here. */
  @ParameterizedTest
  @MethodSource
  void metric(String type, List<String> samples) {
    String text = get("/metrics").body();
    assertThat(text.lines()).contains("# TYPE " + type);
    assertThat(text.lines().map(line -> line.replaceAll(" [^ ]*$", ""))).containsAll(samples);
  }

  static Stream<Arguments> metric() {
    List<Arguments> all = new ArrayList<>();
    for (String name :
        List.of(
            "sync_proxy_rules_duration_seconds",
            "sync_full_proxy_rules_duration_seconds",
            "sync_partial_proxy_rules_duration_seconds",
            "network_programming_duration_seconds",
            "conntrack_reconciler_sync_duration_seconds")) {
      all.add(
          row(
              name,
              "histogram",
              "_bucket{ip_family=\"IPv4\",le=\"+Inf\"}",
              "_sum{ip_family=\"IPv6\"}",
              "_count{ip_family=\"IPv4\"}"));
    }
    for (String name :
        List.of(
            "sync_proxy_rules_last_timestamp_seconds",
            "sync_proxy_rules_last_queued_timestamp_seconds")) {
      all.add(row(name, "gauge", "{ip_family=\"IPv4\"}", "{ip_family=\"IPv6\"}"));
    }
    for (String change : List.of("service", "endpoint")) {
      all.add(row("sync_proxy_rules_" + change + "_changes_pending", "gauge", ""));
      all.add(row("sync_proxy_rules_" + change + "_changes_total", "counter", ""));
    }
    all.add(
        row(
            "sync_proxy_rules_no_local_endpoints_total",
            "gauge",
            "{ip_family=\"IPv4\",traffic_policy=\"external\"}",
            "{ip_family=\"IPv4\",traffic_policy=\"internal\"}",
            "{ip_family=\"IPv6\",traffic_policy=\"external\"}",
            "{ip_family=\"IPv6\",traffic_policy=\"internal\"}"));
    for (String server : List.of("healthz", "livez")) {
      all.add(row("proxy_" + server + "_total", "counter", "{code=\"200\"}", "{code=\"503\"}"));
    }
    all.add(
        row(
            "conntrack_reconciler_deleted_entries_total",
            "counter",
            "{ip_family=\"IPv4\"}",
            "{ip_family=\"IPv6\"}"));
    return all.stream();
  }

  private static Arguments row(String name, String type, String... suffixes) {
    List<String> samples = Stream.of(suffixes).map(suffix -> "kubeproxy_" + name + suffix).toList();
    return argumentSet(name, "kubeproxy_" + name + " " + type, samples);
  }

  @Test
  void buckets_areKubeProxys() {
    List<String> doubling = bounds("kubeproxy_sync_proxy_rules_duration_seconds");
    assertThat(doubling)
        .hasSize(16)
        .startsWith("0.001", "0.002", "0.004")
        .endsWith("8.192", "16.384", "+Inf");
    assertThat(bounds("kubeproxy_network_programming_duration_seconds"))
        .startsWith("0.25", "0.5", "1", "2")
        .containsSequence("59", "60", "65")
        .containsSequence("115", "120", "150")
        .endsWith("270", "300", "+Inf");
  }

  private List<String> bounds(String name) {
    String start = name + "_bucket{ip_family=\"IPv4\",le=\"";
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length(), line.indexOf('"', start.length())))
        .toList();
  }

  @Test
  void metricsOfOthers_followOurs() {
    assertThat(get("/metrics").body())
        .contains("kubernetes_build_info{build_date=\"\"")
        .contains("process_max_fds ")
        .endsWith("rest_client_requests_total{code=\"200\",host=\"h\",method=\"GET\"} 4\n");
  }

  /** What a scraper would trip over: each metric is described once, before its samples. */
  @Test
  void text_isWellFormed() {
    List<String> described = new ArrayList<>();
    for (String line : get("/metrics").body().lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        String name = line.split(" ")[2];
        assertThat(described).doesNotContain(name);
        described.add(name);
      } else if (!line.startsWith("# HELP ") && !line.startsWith("rest_client_")) {
        assertThat(line)
            .matches("[a-z_]+(\\{([a-z_]+=\"[^\"]*\",?)+})? [0-9.e+-]+")
            .startsWith(described.getLast());
      }
    }
  }
}
