// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.accesslog.AccessLogOptions.StatusRange;
import dev.fairway.ingress.observe.SampleRequest;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.UnroutedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.ServiceName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

class AccessLogTest {
  private static final Instant END = Instant.parse("2026-11-21T18:00:00.5Z");
  private static final Route ROUTE =
      new Route(
          "Ingress shop/web",
          RouteMatch.path("shop.example", PathType.PREFIX, "/a"),
          List.of(),
          new RouteAction.Respond(200, "fine"),
          RoutePolicy.DEFAULT);
  private static final BackendRef BACKEND =
      BackendRef.to(UpstreamSpec.plain(new BackendPort(new ServiceName("shop", "web"), "", 80)));

  private static SampleRequest request() {
    return SampleRequest.of("GET", ROUTE, 200).to(BACKEND).field("X-Request-ID", "0123abcd");
  }

  @Test
  void upstreamInfoIsTheLineOfIngressNginx() {
    assertThat(line(AccessLogFormat.UPSTREAMINFO, request()))
        .isEqualTo(
            "192.0.2.7 - - [21/Nov/2026:18:00:00 +0000] \"GET /a?b=c HTTP/1.1\" 200 2000 \"-\""
                + " \"test/1\" 3 0.030 [shop-web-80] [] 10.0.0.1:8080 2000 0.020 200 0123abcd");
  }

  @Test
  void commonAndCombinedAreThoseOfWebServers() {
    String common = "192.0.2.7 - - [21/Nov/2026:18:00:00 +0000] \"GET /a?b=c HTTP/1.1\" 200 2000";
    assertThat(line(AccessLogFormat.COMMON, request())).isEqualTo(common);
    assertThat(line(AccessLogFormat.COMBINED, request().field("Referer", "https://r.example/")))
        .isEqualTo(common + " \"https://r.example/\" \"test/1\"");
  }

  @Test
  void jsonTellsRouteBackendAndReason() {
    JsonNode json =
        json(SampleRequest.of("GET", ROUTE, 502).to(BACKEND).because(Why.BACKEND_CLOSED));
    assertThat(json.path("time").asString()).isEqualTo("2026-11-21T18:00:00.500Z");
    assertThat(json.path("route").asString()).isEqualTo("Ingress shop/web");
    assertThat(json.path("service").asString()).isEqualTo("web");
    assertThat(json.path("upstream_addr").asString()).isEqualTo("10.0.0.1:8080");
    assertThat(json.path("status").asInt()).isEqualTo(502);
    assertThat(json.path("why").asString()).isEqualTo("backend_closed");
    assertThat(json.path("request_time").asDouble()).isEqualTo(0.03);
    assertThat(json.path("target").asString()).isEqualTo("/a?b=c");
  }

  @ParameterizedTest
  @EnumSource
  void whatClientsSendStaysInItsPlace(AccessLogFormat format) {
    String line =
        line(
            format,
            request().field("Referer", "a\" 200\r\nfake \\ \u0080\u001b[2J {\"status\":1}"));
    assertThat(line).doesNotContain("\n", "\r", "\u001b", "\u0080").isPrintable();
    if (format == AccessLogFormat.JSON) {
      assertThat(KubeCodec.json().readTree(line).path("referer").asString())
          .startsWith("a\" 200\r\nfake");
    } else if (format != AccessLogFormat.COMMON) {
      assertThat(line).contains("\"a\\x22 200\\x0D\\x0Afake \\x5C \\x80\\x1B[2J {\\x22status");
    }
  }

  @Test
  void fieldsWithSecretsAreOnlyToldWhereAskedFor() {
    SampleRequest request =
        request().field("Authorization", "Bearer s3cret").field("X-Tenant", "blue");
    for (AccessLogFormat format : AccessLogFormat.values()) {
      assertThat(line(format, request)).doesNotContain("s3cret", "blue");
    }
    AccessLogOptions options =
        new AccessLogOptions(
            AccessLogFormat.JSON, List.of(), Duration.ZERO, false, List.of("x-tenant"));
    StringBuilder out = new StringBuilder();
    options.format().writer(options).write(out, request, END);
    assertThat(out).contains("\"field_x-tenant\":\"blue\"").doesNotContain("s3cret");
  }

  @ParameterizedTest
  @EnumSource
  void requestThatWasNoHttpHasALine(AccessLogFormat format) {
    ServedRequest refused = UnroutedRequest.refused(new Client("192.0.2.7", false, false, 80), 400);
    assertThat(line(format, refused)).contains("192.0.2.7", "400").doesNotContain("null");
  }

  @ParameterizedTest(name = "{0} logs {1}: {2}")
  @CsvSource({
    "404,     404, true",
    "404,     403, false",
    "500-599, 502, true",
    "500-599, 499, false",
    "500-599, 599, true",
  })
  void statusesAreChosen(String range, int status, boolean logged) {
    AccessLogOptions options =
        new AccessLogOptions(
            AccessLogFormat.COMMON,
            List.of(StatusRange.parse(range)),
            Duration.ZERO,
            false,
            List.of());
    assertThat(options.wants(SampleRequest.of("GET", ROUTE, status))).isEqualTo(logged);
  }

  @ParameterizedTest
  @CsvSource({"4xx", "600", "500-400", "40", "404-", "''"})
  void rangesThatAreNoneAreRefused(String text) {
    assertThatThrownBy(() -> StatusRange.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"30, true", "31, false"})
  void quickRequestsAreLeftOut(int minMillis, boolean logged) {
    AccessLogOptions options =
        new AccessLogOptions(
            AccessLogFormat.COMMON, List.of(), Duration.ofMillis(minMillis), false, List.of());
    assertThat(options.wants(request())).isEqualTo(logged);
  }

  @Test
  void slowWriterMakesNobodyWait() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    BlockingQueue<String> written = new LinkedBlockingQueue<>();
    AccessLog log =
        AccessLog.start(
            AccessLogOptions.of(AccessLogFormat.COMMON),
            new AccessLog.Sink() {
              @Override
              public void write(String lines) throws IOException {
                busy.countDown();
                try {
                  released.await();
                } catch (InterruptedException interrupted) {
                  throw new IOException(interrupted);
                }
                lines.lines().forEach(written::add);
              }

              @Override
              public void close() {}
            },
            () -> END);
    log.served(request());
    assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 20_000; i++) {
      log.served(request());
    }
    assertThat(log.dropped()).isEqualTo(20_000 - 16_384);
    released.countDown();
    for (int i = 0; i < 16_385; i++) {
      assertThat(written.poll(20, TimeUnit.SECONDS)).isNotNull();
    }
    log.close();
    assertThat(log.written()).isEqualTo(16_385);
  }

  @Test
  void fileThatWasMovedIsMadeAnew(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("access.log");
    try (FileSink sink = new FileSink(file)) {
      sink.write("one\n");
      Files.move(file, folder.resolve("access.log.1"));
      sink.write("two\n");
      sink.write("three\n");
    }
    assertThat(folder.resolve("access.log.1")).hasContent("one");
    assertThat(file).hasContent("two\nthree");
  }

  @Test
  void whatWaitsIsWrittenAtTheEnd(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("access.log");
    AccessLog log =
        AccessLog.start(AccessLogOptions.of(AccessLogFormat.COMMON), new FileSink(file), () -> END);
    for (int i = 0; i < 1000; i++) {
      log.served(request());
    }
    log.close();
    assertThat(Files.readAllLines(file)).hasSize(1000);
  }

  private static JsonNode json(ServedRequest request) {
    return KubeCodec.json().readTree(line(AccessLogFormat.JSON, request));
  }

  private static String line(AccessLogFormat format, ServedRequest request) {
    StringBuilder out = new StringBuilder();
    format.writer(AccessLogOptions.of(format)).write(out, request, END);
    return out.toString();
  }
}
