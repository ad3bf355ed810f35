// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static dev.fairway.ingress.otlp.OtlpReceiver.attributes;
import static dev.fairway.ingress.otlp.OtlpReceiver.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.accesslog.AccessLog;
import dev.fairway.ingress.accesslog.AccessLogFormat;
import dev.fairway.ingress.accesslog.AccessLogOptions;
import dev.fairway.ingress.otlp.OtlpOptions;
import dev.fairway.ingress.otlp.OtlpReceiver;
import dev.fairway.ingress.otlp.TracingOptions;
import dev.fairway.ingress.trace.Tracer;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.EndpointTable.Conditions;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Requests from a client through the gateway to a backend, as a collector of spans sees them. */
class TracingIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private static final String THEIRS = "00-" + TRACE + "-" + SPAN + "-01";

  private final OtlpReceiver receiver = new OtlpReceiver();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final OtlpOptions collector =
      new OtlpOptions(
          receiver.endpoint(),
          Map.of(),
          Map.of("service.name", "fairway-ingress"),
          Duration.ofMillis(1),
          Duration.ofSeconds(10),
          1000);
  private final AccessLog log =
      AccessLog.start(
          AccessLogOptions.of(AccessLogFormat.JSON),
          new AccessLog.Sink() {
            @Override
            public void write(String written) {
              written.lines().forEach(lines::add);
            }

            @Override
            public void close() {}
          },
          InstantSource.system());
  private GatewayFixture fixture;

  TracingIT() throws IOException {
    fixture = fixture(new Tracer.Options(1, false));
  }

  private GatewayFixture fixture(Tracer.Options tracing) throws IOException {
    return new GatewayFixture(
        GatewayFixture.options()
            .withTracing(new TracingOptions(tracing, collector))
            .withObservers(List.of(log)));
  }

  private void restart(Tracer.Options tracing) throws IOException {
    fixture.close();
    fixture = fixture(tracing);
  }

  @AfterEach
  void stop() {
    fixture.close();
    log.close();
    receiver.close();
  }

  private void serve(TestBackend backend, String... annotations) {
    fixture.service("web", backend);
    TestObjects.IngressBuilder ingress = TestObjects.ingress("all").host("h").prefix("/a", "web");
    for (int i = 0; i < annotations.length; i += 2) {
      ingress.annotation("nginx.ingress.kubernetes.io/" + annotations[i], annotations[i + 1]);
    }
    fixture.ingresses(ingress.build());
  }

  /** The next so many spans by their kind: the server's, then those of attempts. */
  private List<Span> spans(int count) throws InterruptedException {
    List<Span> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(receiver.next());
    }
    return found;
  }

  private JsonNode line() throws Exception {
    String line = Objects.requireNonNull(lines.poll(20, TimeUnit.SECONDS));
    return KubeCodec.json().readTree(line);
  }

  private String send(String fields) throws IOException {
    try (RawClient client = fixture.connect()) {
      client.send("GET /a/b?secret=1 HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
      return client.response().body();
    }
  }

  @Test
  void aRequestIsAServerSpanWithAClientSpanThatTheBackendContinues() throws Exception {
    TestBackend backend = fixture.backend("a");
    serve(backend);
    send("User-Agent: curl/8\r\n");
    List<Span> spans = spans(2);
    Span server = spans.getFirst();
    Span client = spans.getLast();
    assertThat(server.getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
    assertThat(server.getName()).isEqualTo("GET /a");
    assertThat(server.getParentSpanId().isEmpty()).isTrue();
    assertThat(server.getLinksCount()).isZero();
    assertThat(server.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_UNSET);
    int port = Objects.requireNonNull(fixture.gateway().httpAddress()).getPort();
    assertThat(attributes(server.getAttributesList()))
        .containsExactly(
            entry("client.address", "127.0.0.1"),
            entry("fairway.route", "Ingress shop/all"),
            entry("http.request.body.size", "0"),
            entry("http.request.method", "GET"),
            entry("http.response.body.size", Integer.toString(body(backend))),
            entry("http.response.status_code", "200"),
            entry("http.route", "/a"),
            entry("k8s.namespace.name", "shop"),
            entry("k8s.service.name", "web"),
            entry("network.protocol.version", "1.1"),
            entry("server.address", "h"),
            entry("server.port", Integer.toString(port)),
            entry("url.path", "/a/b"),
            entry("url.scheme", "http"),
            entry("user_agent.original", "curl/8"));
    assertThat(client.getKind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
    assertThat(client.getTraceId()).isEqualTo(server.getTraceId());
    assertThat(client.getParentSpanId()).isEqualTo(server.getSpanId());
    assertThat(attributes(client.getAttributesList()))
        .contains(
            entry("network.peer.address", "127.0.0.1"),
            entry("network.peer.port", Integer.toString(backend.port())),
            entry("http.response.status_code", "200"))
        .doesNotContainKeys("http.request.resend_count", "error.type");
    assertThat(client.getStartTimeUnixNano())
        .isBetween(server.getStartTimeUnixNano(), client.getEndTimeUnixNano());
    assertThat(client.getEndTimeUnixNano()).isLessThanOrEqualTo(server.getEndTimeUnixNano());
    assertThat(backend.requests.getFirst().field("traceparent"))
        .isEqualTo("00-" + hex(server.getTraceId()) + "-" + hex(client.getSpanId()) + "-01");
    GatewayFixture.await(
        () -> fixture.gateway().metrics().contains("fairway_ingress_spans_exported_total 2\n"));
    assertThat(fixture.gateway().metrics())
        .contains("fairway_ingress_spans_dropped_total{reason=\"queue_full\"} 0\n");
    JsonNode logged = line();
    assertThat(logged.path("trace_id").asString()).isEqualTo(hex(server.getTraceId()));
    assertThat(logged.path("span_id").asString()).isEqualTo(hex(server.getSpanId()));
  }

  /** How long the body was that the echo of a request is. */
  private static int body(TestBackend backend) {
    TestBackend.Request request = backend.requests.getFirst();
    int length = ("backend=a\n" + request.line() + "\n\n").length();
    for (String field : request.fields()) {
      length += field.length() + 1;
    }
    return length;
  }

  @Test
  void whatAClientSaysOfATraceIsALinkAndDoesNotReachTheBackend() throws Exception {
    TestBackend backend = fixture.backend("a");
    serve(backend);
    send("Traceparent: " + THEIRS + "\r\nTracestate: theirs=1\r\n");
    Span server = spans(2).getFirst();
    assertThat(hex(server.getTraceId())).isNotEqualTo(TRACE);
    assertThat(server.getParentSpanId().isEmpty()).isTrue();
    assertThat(server.getLinksList())
        .singleElement()
        .satisfies(link -> {
          assertThat(hex(link.getTraceId())).isEqualTo(TRACE);
          assertThat(hex(link.getSpanId())).isEqualTo(SPAN);
        });
    TestBackend.Request got = backend.requests.getFirst();
    assertThat(got.field("traceparent")).contains(hex(server.getTraceId()));
    assertThat(got.field("tracestate")).isEmpty();
  }

  @Test
  void aTraceOfATrustedClientContinuesWithItsState() throws Exception {
    TestBackend backend = fixture.backend("a");
    serve(backend, "opentelemetry-trust-incoming-span", "true");
    send("Traceparent: " + THEIRS + "\r\nTracestate: theirs=1\r\n");
    List<Span> spans = spans(2);
    assertThat(hex(spans.getFirst().getTraceId())).isEqualTo(TRACE);
    assertThat(hex(spans.getFirst().getParentSpanId())).isEqualTo(SPAN);
    TestBackend.Request got = backend.requests.getFirst();
    assertThat(got.field("traceparent"))
        .isEqualTo("00-" + TRACE + "-" + hex(spans.getLast().getSpanId()) + "-01");
    assertThat(got.field("tracestate")).isEqualTo("theirs=1");
  }

  @Test
  void aRequestThatIsNotSampledHasItsPlaceInATraceAndNoSpan() throws Exception {
    restart(new Tracer.Options(0, true));
    TestBackend backend = fixture.backend("a");
    serve(backend);
    send("Traceparent: 00-" + TRACE + "-" + SPAN + "-00\r\n");
    JsonNode logged = line();
    assertThat(logged.path("trace_id").asString()).isEqualTo(TRACE);
    assertThat(backend.requests.getFirst().field("traceparent"))
        .isEqualTo("00-" + TRACE + "-" + logged.path("span_id").asString() + "-00");
    send("Traceparent: " + THEIRS + "\r\n");
    assertThat(hex(spans(2).getFirst().getTraceId())).isEqualTo(TRACE);
    assertThat(receiver.isEmpty()).as("only the second one was sampled").isTrue();
  }

  @Test
  void everyAttemptIsASpanWithWhatBecameOfIt() throws Exception {
    TestBackend alive = fixture.backend("a");
    int dead;
    try (ServerSocket socket = new ServerSocket(0)) {
      dead = socket.getLocalPort();
    }
    fixture.service(
        "web",
        List.of(
            new TestEndpoint("127.0.0.1", dead, Conditions.AVAILABLE),
            new TestEndpoint("127.0.0.1", alive.port(), Conditions.AVAILABLE)));
    fixture.ingresses(TestObjects.ingress("all").host("h").prefix("/a", "web").build());
    Map<String, List<Span>> byTrace = new HashMap<>();
    while (byTrace.values().stream().noneMatch(spans -> spans.size() == 3)) {
      send("");
      Span first = receiver.next();
      List<Span> spans = byTrace.computeIfAbsent(hex(first.getTraceId()), _ -> new ArrayList<>());
      spans.add(first);
      do {
        spans.add(receiver.next());
      } while (attributes(spans.getLast().getAttributesList()).containsKey("error.type"));
    }
    List<Span> retried =
        byTrace.values().stream().filter(spans -> spans.size() == 3).findFirst().orElseThrow();
    Map<String, String> failed = attributes(retried.get(1).getAttributesList());
    Map<String, String> served = attributes(retried.get(2).getAttributesList());
    assertThat(failed)
        .contains(
            entry("error.type", "connect_failed"),
            entry("network.peer.port", Integer.toString(dead)));
    assertThat(retried.get(1).getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
    assertThat(served)
        .contains(
            entry("http.request.resend_count", "1"),
            entry("network.peer.port", Integer.toString(alive.port())));
    assertThat(alive.requests.getLast().field("traceparent"))
        .contains(hex(retried.get(2).getSpanId()));
  }

  @Test
  void aFailureOfTheBackendIsAnError() throws Exception {
    serve(fixture.backend("a", TestBackend.always("500 Oh")));
    send("");
    for (Span span : spans(2)) {
      assertThat(span.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(span.getAttributesList())).contains(entry("error.type", "500"));
    }
  }

  @Test
  void aRequestWithoutARouteIsASpanToo() throws Exception {
    try (RawClient client = fixture.connect()) {
      client.send("BREW /pot HTTP/1.1\r\nHost: nobody\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(404);
    }
    Span server = receiver.next();
    assertThat(server.getName()).isEqualTo("HTTP");
    assertThat(attributes(server.getAttributesList()))
        .contains(
            entry("http.request.method", "_OTHER"),
            entry("http.request.method_original", "BREW"),
            entry("http.response.status_code", "404"),
            entry("fairway.why", "no_route"))
        .doesNotContainKeys("http.route", "error.type");
    assertThat(line().path("trace_id").asString()).isEqualTo(hex(server.getTraceId()));
  }

  @Test
  void whereAnIngressIsNotTracedWhatTheClientSaysPassesAsItIs() throws Exception {
    TestBackend backend = fixture.backend("a");
    serve(backend, "enable-opentelemetry", "false");
    send("Traceparent: " + THEIRS + "\r\nTracestate: theirs=1\r\n");
    assertThat(backend.requests.getFirst().field("traceparent")).isEqualTo(THEIRS);
    assertThat(backend.requests.getFirst().field("tracestate")).isEqualTo("theirs=1");
    assertThat(line().has("trace_id")).isFalse();
    serve(backend);
    send("");
    spans(2);
    assertThat(receiver.isEmpty()).as("spans of the second request only").isTrue();
  }

  @Test
  void anAuthenticationServiceIsPartOfTheTraceAndNoRequestOfAClient() throws Exception {
    TestBackend auth = fixture.backend("auth", TestBackend.always("200 OK"));
    fixture.service("auth", auth);
    TestBackend backend = fixture.backend("a");
    serve(backend, "auth-url", "http://auth.shop.svc.cluster.local/check");
    send("Traceparent: " + THEIRS + "\r\n");
    Span server = spans(2).getFirst();
    assertThat(auth.requests.getFirst().field("traceparent"))
        .isEqualTo("00-" + hex(server.getTraceId()) + "-" + hex(server.getSpanId()) + "-01");
    assertThat(line().path("target").asString()).isEqualTo("/a/b?secret=1");
    assertThat(lines).as("nothing else was logged").isEmpty();
    assertThat(fixture.gateway().metrics()).doesNotContain("sub-request");
  }

  @Test
  void aMirroredCopyIsPartOfTheTraceAndNoRequestOfAClient() throws Exception {
    BlockingQueue<String> copied = new LinkedBlockingQueue<>();
    fixture.service(
        "copy",
        fixture.backend(
            "copy",
            (request, in, out) -> {
              copied.add(request.field("traceparent"));
              TestBackend.respond(out, "200 OK", "");
              return true;
            }));
    TestBackend backend = fixture.backend("a");
    serve(backend, "mirror-target", "http://copy.shop.svc.cluster.local");
    send("");
    Span server = spans(2).getFirst();
    assertThat(copied.poll(20, TimeUnit.SECONDS))
        .isEqualTo("00-" + hex(server.getTraceId()) + "-" + hex(server.getSpanId()) + "-01");
    line();
    send("");
    spans(2);
    line();
    assertThat(receiver.isEmpty()).isTrue();
    assertThat(lines).as("nothing else was logged").isEmpty();
    assertThat(fixture.gateway().metrics()).doesNotContain("mirror");
  }

  @Test
  void http2IsTracedAlike() throws Exception {
    TestBackend backend = fixture.backend("a");
    serve(backend);
    try (Http2Client client =
        new Http2Client(Objects.requireNonNull(fixture.gateway().httpAddress()))) {
      assertThat(client.get("h", "/a").status).isEqualTo(200);
    }
    List<Span> spans = spans(2);
    assertThat(attributes(spans.getFirst().getAttributesList()))
        .contains(entry("network.protocol.version", "2"));
    assertThat(backend.requests.getFirst().field("traceparent"))
        .contains(hex(spans.getLast().getSpanId()));
    assertThat(line().path("protocol").asString()).isEqualTo("HTTP/2.0");
  }

  @Test
  void withoutTracingWhatTheClientSaysPassesAsItIs() throws Exception {
    try (GatewayFixture plain = new GatewayFixture()) {
      TestBackend backend = plain.everythingTo(plain.backend("a"));
      try (RawClient client = plain.connect()) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\ntraceparent: bad\r\ntracestate: x=1\r\n\r\n");
        client.response();
      }
      assertThat(backend.requests.getFirst().field("traceparent")).isEqualTo("bad");
      assertThat(backend.requests.getFirst().field("tracestate")).isEqualTo("x=1");
    }
  }

  @Test
  void anIngressMayStayOutOfTheAccessLog() throws Exception {
    TestBackend backend = fixture.backend("a");
    serve(backend, "enable-access-log", "false");
    send("");
    serve(backend);
    try (RawClient client = fixture.connect()) {
      client.get("h", "/a/second");
    }
    assertThat(line().path("target").asString()).isEqualTo("/a/second");
    GatewayFixture.await(
        () -> fixture.gateway().metrics().contains("method=\"GET\",status=\"200\"} 2\n"));
  }
}
