// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import static dev.fairway.service.metrics.MetricsText.labels;

import dev.fairway.ingress.listener.GatewayCounters;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.otlp.SpanExport;
import dev.fairway.ingress.translate.Diagnostic;
import dev.fairway.ingress.translate.Translation;
import dev.fairway.service.metrics.MetricsText;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The metrics {@code fairway_ingress_*}. */
final class OwnNames {
  private static final String PREFIX = "fairway_ingress_";

  private final MetricsText text;

  OwnNames(MetricsText text) {
    this.text = text;
  }

  void write(GatewayMetrics metrics, GatewayCounters counters) {
    requests(metrics.requests());
    connections(counters, metrics.requests());
    configuration(metrics);
  }

  void requests(RequestMetrics requests) {
    List<Series> all = requests.series();
    text.metric(PREFIX + "requests_total", "counter", "Requests that a route served.");
    for (Series series : all) {
      String labels = series(series.key);
      series.requests.read((method, status, count) ->
          text.sample(
              PREFIX + "requests_total",
              labels + ',' + labels("method", method, "status", Integer.toString(status)),
              count));
    }
    histogram(all, "request_duration_seconds", "To the end of the response.", s -> s.seconds, 1e-9);
    histogram(
        all, "header_duration_seconds", "To the head of the response.", s -> s.headSeconds, 1e-9);
    histogram(all, "request_size_bytes", "Bodies of requests.", s -> s.requestBytes, 1);
    histogram(all, "response_size_bytes", "Bodies of responses.", s -> s.responseBytes, 1);
    text.metric(
        PREFIX + "own_answers_total",
        "counter",
        "Responses that the gateway decided or could not finish, by reason.");
    for (Why why : Why.values()) {
      requests
          .own(why)
          .read((method, status, count) ->
              text.sample(
                  PREFIX + "own_answers_total",
                  labels("why", why.code(), "method", method, "status", Integer.toString(status)),
                  count));
    }
  }

  private void histogram(
      List<Series> all, String name, String help, Function<Series, Histogram> part, double scale) {
    text.metric(PREFIX + name, "histogram", help);
    for (Series series : all) {
      text.histogram(PREFIX + name, series(series.key), part.apply(series).scaled(scale));
    }
  }

  private static String series(SeriesKey key) {
    return labels(
        "kind", key.kind(),
        "namespace", key.namespace(),
        "ingress", key.name(),
        "service", key.service(),
        "host", key.host(),
        "path", key.path());
  }

  private void connections(GatewayCounters counters, RequestMetrics requests) {
    text.gauge(
        PREFIX + "connections", "Connections of clients that are open.", counters.connections());
    text.counter(
        PREFIX + "connections_total",
        "Connections that clients opened.",
        counters.connectionsAccepted());
    text.counter(
        PREFIX + "connections_refused_total",
        "Connections that were one too many.",
        counters.connectionsRefused());
    text.counter(
        PREFIX + "malformed_requests_total",
        "Requests that were refused while they were read.",
        counters.malformed());
    text.counter(
        PREFIX + "upstream_connections_total",
        "Connections to endpoints that were opened.",
        counters.upstreamConnects());
    text.counter(
        PREFIX + "retries_total", "Attempts after the first one of a request.", requests.retries());
  }

  /** What became of the spans of sampled requests. */
  void spans(SpanExport spans) {
    text.counter(
        PREFIX + "spans_exported_total", "Spans that the collector took.", spans.exported());
    String dropped = PREFIX + "spans_dropped_total";
    text.metric(dropped, "counter", "Spans that are lost, by reason.");
    text.sample(dropped, labels("reason", "queue_full"), spans.overflowed());
    text.sample(dropped, labels("reason", "not_sent"), spans.failed());
    text.sample(dropped, labels("reason", "rejected"), spans.rejected());
  }

  private void configuration(GatewayMetrics metrics) {
    GatewayMetrics.Configuration configuration = metrics.configuration();
    text.gauge(
        PREFIX + "config_successful",
        "Whether the last compilation of the objects succeeded.",
        configuration.successful() ? 1 : 0);
    text.gauge(
        PREFIX + "config_last_success_timestamp_seconds",
        "When objects were compiled and served last.",
        configuration.lastSuccess());
    text.counter(
        PREFIX + "compilations_total",
        "Compilations that were served.",
        metrics.compilations.sum());
    text.counter(
        PREFIX + "compilation_failures_total",
        "Compilations that failed as a whole.",
        metrics.failures.sum());
    text.metric(PREFIX + "compile_duration_seconds", "histogram", "From objects to routes.");
    text.histogram(
        PREFIX + "compile_duration_seconds",
        labels("what", "ingress"),
        metrics.compileSeconds.scaled(1e-9));
    Translation last = configuration.last();
    if (last != null) {
      objects(last);
    }
  }

  private void objects(Translation last) {
    text.gauge(PREFIX + "ingresses", "Ingresses of our class.", last.accepted().size());
    text.gauge(PREFIX + "routes", "Routes in force.", last.routes().size());
    Map<Diagnostic.Reason, Integer> byReason = new EnumMap<>(Diagnostic.Reason.class);
    for (Diagnostic diagnostic : last.diagnostics()) {
      byReason.merge(diagnostic.reason(), 1, Integer::sum);
    }
    text.metric(PREFIX + "diagnostics", "gauge", "What is wrong with objects now, by reason.");
    byReason.forEach((reason, count) ->
        text.sample(PREFIX + "diagnostics", labels("reason", reason.text()), count));
    text.metric(
        PREFIX + "certificate_expiry_timestamp_seconds",
        "gauge",
        "When the certificate of a host ends.");
    new TreeMap<>(last.certificates().byHost())
        .forEach((host, certificate) ->
            text.sample(
                PREFIX + "certificate_expiry_timestamp_seconds",
                labels("host", host, "serial", certificate.leaf().getSerialNumber().toString(16)),
                certificate.leaf().getNotAfter().getTime() / 1000.0));
  }
}
