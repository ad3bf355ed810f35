// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import static dev.fairway.ingress.otlp.OtlpReceiver.attributes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.observe.SampleRequest;
import dev.fairway.ingress.otlp.OtlpReceiver.Answer;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.Telemetry;
import dev.fairway.ingress.trace.RequestTrace;
import dev.fairway.ingress.trace.Tracer;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The way of spans to a collector, whatever that does. */
class SpanExportIT {
  private static final Tracer TRACER =
      new Tracer(new Tracer.Options(1, false), new Random(1), InstantSource.system());

  private static OtlpOptions options(URI endpoint, int maxWaiting) {
    return new OtlpOptions(
        endpoint,
        Map.of("api-key", "secret"),
        Map.of("service.name", "edge"),
        Duration.ofMillis(1),
        Duration.ofSeconds(5),
        maxWaiting);
  }

  private static SampleRequest request() {
    SampleRequest request = SampleRequest.of("GET", null, 404);
    RequestTrace trace =
        TRACER.begin(
            new HttpFields(), Telemetry.DEFAULT, new Client("192.0.2.7", false, true, 443), 0);
    return request.traced(Objects.requireNonNull(trace));
  }

  @Test
  void spansGoToTheCollectorWithWhoWeAre() throws Exception {
    try (OtlpReceiver receiver = new OtlpReceiver();
        SpanExport export = SpanExport.start(options(receiver.endpoint(), 10))) {
      export.served(request());
      assertThat(receiver.next().getName()).isEqualTo("GET");
      await(() -> export.exported() == 1);
      assertThat(receiver.requests)
          .containsExactly("POST /v1/traces application/x-protobuf secret");
      assertThat(attributes(receiver.resources.getFirst().getResource().getAttributesList()))
          .isEqualTo(Map.of("service.name", "edge"));
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"429, true", "502, true", "503, true", "504, true", "400, false", "500, false"})
  void someAnswersAreWorthAnotherTry(int status, boolean temporary) {
    assertThat(Collector.isTemporary(status)).isEqualTo(temporary);
  }

  @Test
  void whatTheCollectorCannotTakeNowIsSentAgain() throws Exception {
    try (OtlpReceiver receiver = new OtlpReceiver();
        SpanExport export = SpanExport.start(options(receiver.endpoint(), 10))) {
      receiver.answers.add(new Answer(503, Map.of("Retry-After", "0"), new byte[0]));
      export.served(request());
      assertThat(receiver.next()).isNotNull();
      await(() -> export.exported() == 1);
      assertThat(export.failed()).isZero();
      assertThat(receiver.requests).hasSize(2);
    }
  }

  @Test
  void whatTheCollectorRefusesIsCountedAndNotSentAgain() throws Exception {
    try (OtlpReceiver receiver = new OtlpReceiver();
        SpanExport export = SpanExport.start(options(receiver.endpoint(), 10))) {
      receiver.answers.add(new Answer(400, Map.of(), new byte[0]));
      export.served(request());
      await(() -> export.failed() == 1);
      export.served(request());
      await(() -> export.exported() == 1);
      assertThat(receiver.requests).hasSize(2);
    }
  }

  @Test
  void whatTheCollectorSaysItDidNotKeepIsCountedApart() throws Exception {
    byte[] partly =
        ExportTraceServiceResponse.newBuilder()
            .setPartialSuccess(
                ExportTracePartialSuccess.newBuilder()
                    .setRejectedSpans(1)
                    .setErrorMessage("a quota"))
            .build()
            .toByteArray();
    try (OtlpReceiver receiver = new OtlpReceiver();
        SpanExport export = SpanExport.start(options(receiver.endpoint(), 10))) {
      receiver.answers.add(new Answer(200, Map.of(), partly));
      export.served(request());
      await(() -> export.rejected() == 1);
      assertThat(export.exported()).isZero();
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "empty,           ''",
    "no protobuf,     7b7d",
    "cut off,         0aff",
    "endless number,  0affffffffffffffffffffffffff",
    "wrong length,    0a7f0801",
    "negative count,  0a0b08ffffffffffffffffff01",
    "other fields,    120361626318055d01020304",
  })
  void anAnswerThatSaysNothingOfSpansIsASuccess(String row, String hex) {
    assertThat(PartialSuccess.rejected(java.util.HexFormat.of().parseHex(hex))).as(row).isZero();
  }

  @Test
  void spansThatWouldWaitBehindTooManyAreDroppedAndCounted() throws IOException {
    OtlpOptions slow =
        new OtlpOptions(
            URI.create("http://127.0.0.1:1"),
            Map.of(),
            Map.of(),
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            4);
    SpanExport export = SpanExport.start(slow);
    try (export) {
      for (int i = 0; i < 2000; i++) {
        export.served(request());
      }
      assertThat(export.overflowed()).isPositive();
    }
    assertThat(export.failed() + export.overflowed())
        .as("all are accounted for after the end")
        .isEqualTo(2000);
  }

  @Test
  void requestsThatAreNotSampledLeaveNothing() throws Exception {
    try (OtlpReceiver receiver = new OtlpReceiver();
        SpanExport export = SpanExport.start(options(receiver.endpoint(), 10))) {
      export.served(SampleRequest.of("GET", null, 404));
      export.served(request());
      receiver.next();
      assertThat(receiver.isEmpty()).isTrue();
    }
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "http://collector:4318,            http://collector:4318/v1/traces",
    "http://collector:4318/,           http://collector:4318/v1/traces",
    "https://c.example/otlp,           https://c.example/otlp/v1/traces",
    "https://c.example/otlp/v1/traces, https://c.example/otlp/v1/traces",
    "http://[::1]:4318,                http://[::1]:4318/v1/traces",
  })
  void endpointIsThatOfTheCollectorOrOfItsTraces(String endpoint, String target) {
    assertThat(OtlpOptions.of(URI.create(endpoint), Map.of(), Map.of()).target())
        .hasToString(target);
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector:4318", "grpc://collector:4317", "/v1/traces", "http:///x"})
  void otherEndpointsAreRefused(String endpoint) {
    assertThatThrownBy(() -> OtlpOptions.of(URI.create(endpoint), Map.of(), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(endpoint);
  }

  private static void await(BooleanSupplier condition) {
    for (int i = 0; i < 20_000 && !condition.getAsBoolean(); i++) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
