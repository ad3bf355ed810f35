// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.Telemetry;
import dev.fairway.ingress.route.Telemetry.Trust;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose traces continue, which are sampled, and what the fields of the request then say. */
class TracerTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private static final Instant NOW = Instant.parse("2026-11-21T18:00:00Z");

  private static Tracer tracer(double ratio, boolean trustsAll) {
    return new Tracer(
        new Tracer.Options(ratio, trustsAll), new Random(7), InstantSource.fixed(NOW));
  }

  private static RequestTrace begin(
      Tracer tracer, HttpFields fields, Trust trust, boolean trusted) {
    return Objects.requireNonNull(
        tracer.begin(
            fields,
            new Telemetry(true, true, true, trust),
            new Client("192.0.2.1", trusted, false, 80),
            0));
  }

  private static HttpFields fields(String... pairs) {
    HttpFields fields = new HttpFields();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.add(pairs[i], pairs[i + 1]);
    }
    return fields;
  }

  private static HttpFields incoming(String flags) {
    return fields("Traceparent", "00-" + TRACE + "-" + SPAN + "-" + flags, "Tracestate", "a=1");
  }

  @ParameterizedTest(name = "route {0}, all trusted {1}, proxy {2}: continues {3}")
  @CsvSource({
    "AS_CONFIGURED, false, false, false",
    "AS_CONFIGURED, false, true,  true",
    "AS_CONFIGURED, true,  false, true",
    "ALWAYS,        false, false, true",
    "NEVER,         true,  true,  false",
  })
  void tracesOfTheTrustedContinue(Trust route, boolean all, boolean proxy, boolean continues) {
    HttpFields fields = incoming("01");
    RequestTrace trace = begin(tracer(1, all), fields, route, proxy);
    String told = Objects.requireNonNull(fields.get("traceparent"));
    assertThat(fields.combined("traceparent")).isEqualTo(told);
    assertThat(told).endsWith("-" + Hex.of(trace.spanId()) + "-01").doesNotContain(SPAN);
    if (continues) {
      assertThat(told).startsWith("00-" + TRACE + "-");
      assertThat(Hex.of(trace.parentId())).isEqualTo(SPAN);
      assertThat(trace.link()).isNull();
      assertThat(fields.get("tracestate")).isEqualTo("a=1");
    } else {
      assertThat(told).doesNotContain(TRACE);
      assertThat(trace.parentId()).isZero();
      assertThat(trace.link()).isEqualTo(SpanContext.parse("00-" + TRACE + "-" + SPAN + "-01"));
      assertThat(fields.get("tracestate")).isNull();
    }
    assertThat(trace.start()).isEqualTo(NOW);
  }

  @ParameterizedTest(name = "flags {0}: sampled {1}")
  @CsvSource({"00, false", "01, true"})
  void aTraceThatContinuesIsSampledWhereItsParentIs(String flags, boolean sampled) {
    double opposite = sampled ? 0 : 1;
    HttpFields fields = incoming(flags);
    RequestTrace trace = begin(tracer(opposite, true), fields, Trust.AS_CONFIGURED, false);
    assertThat(trace.isSampled()).isEqualTo(sampled);
    assertThat(fields.get("traceparent")).endsWith("-" + flags);
  }

  @Test
  void whatIsMalformedOrSaidTwiceBeginsATraceWithoutALink() {
    String good = "00-" + TRACE + "-" + SPAN + "-01";
    for (HttpFields fields :
        new HttpFields[] {
          fields("traceparent", "00-" + TRACE + "-" + SPAN, "tracestate", "a=1"),
          fields("traceparent", good, "traceparent", good, "tracestate", "a=1"),
          fields("tracestate", "a=1", "tracestate", "b=2"),
          fields()
        }) {
      RequestTrace trace = begin(tracer(0, true), fields, Trust.AS_CONFIGURED, true);
      assertThat(trace.link()).isNull();
      assertThat(trace.parentId()).isZero();
      assertThat(fields.size()).isOne();
      assertThat(fields.get("traceparent")).doesNotContain(TRACE).endsWith("-00");
    }
  }

  @Test
  void whereARouteIsNotTracedTheFieldsPassAsTheyAre() {
    HttpFields fields = incoming("01");
    String before = fields.toString();
    Telemetry off = new Telemetry(true, true, false, Trust.ALWAYS);
    Client client = new Client("192.0.2.1", true, false, 80);
    assertThat(tracer(1, true).begin(fields, off, client, 0)).isNull();
    assertThat(fields).hasToString(before);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 0.5, 1})
  void theShareOfNewTracesIsSampled(double ratio) {
    Tracer tracer = tracer(ratio, false);
    Set<Long> ids = new HashSet<>();
    int sampled = 0;
    for (int i = 0; i < 20_000; i++) {
      RequestTrace trace = begin(tracer, fields(), Trust.AS_CONFIGURED, false);
      sampled += trace.isSampled() ? 1 : 0;
      ids.add(trace.spanId());
      ids.add(trace.traceLow());
      ids.add(trace.traceHigh());
    }
    assertThat(sampled / 20_000.0).isBetween(ratio * 0.8, ratio * 1.2);
    assertThat(ids).as("ids are unique").hasSize(60_000);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void aRatioIsAShare(double ratio) {
    assertThatThrownBy(() -> new Tracer.Options(ratio, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 to 1");
  }

  @Test
  void eachAttemptIsTheParentOfWhatItsEndpointDoes() {
    HttpFields fields = fields();
    RequestTrace trace = begin(tracer(1, false), fields, Trust.AS_CONFIGURED, false);
    trace.attempt("10.0.0.1:80", 10);
    trace.propagate(fields);
    String first = fields.get("traceparent");
    trace.attemptEnded("connect_failed", 20);
    trace.attempt("10.0.0.2:80", 30);
    trace.answered(200);
    trace.propagate(fields);
    trace.attemptEnded("", 50);
    assertThat(fields.get("traceparent")).isNotEqualTo(first);
    assertThat(trace.attempts())
        .extracting(Attempt::endpoint, Attempt::startNanos, Attempt::endNanos, Attempt::error)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("10.0.0.1:80", 10L, 20L, "connect_failed"),
            org.assertj.core.groups.Tuple.tuple("10.0.0.2:80", 30L, 50L, ""));
    assertThat(fields.get("traceparent"))
        .contains("-" + Hex.of(trace.attempts().getLast().spanId()) + "-01");
  }
}
