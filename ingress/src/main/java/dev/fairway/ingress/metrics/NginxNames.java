// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import static dev.fairway.service.metrics.MetricsText.labels;

import dev.fairway.ingress.listener.GatewayCounters;
import dev.fairway.ingress.translate.Translation;
import dev.fairway.service.metrics.MetricsText;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The names that dashboards of ingress-nginx ask for. Histograms have no method and no status, so
 * that their number stays that of the routes.
 */
final class NginxNames {
  private static final String PREFIX = "nginx_ingress_controller_";

  private final MetricsText text;
  private final MetricsOptions options;
  private final String controller;

  NginxNames(MetricsText text, MetricsOptions options) {
    this.text = text;
    this.options = options;
    controller =
        labels(
            "controller_class", options.controllerClass(),
            "controller_namespace", options.namespace(),
            "controller_pod", options.pod());
  }

  void write(GatewayMetrics metrics, GatewayCounters counters) {
    List<Series> all = metrics.requests().series();
    text.metric(PREFIX + "requests", "counter", "The total number of client requests");
    for (Series series : all) {
      String labels = series(series.key);
      series.requests.read((method, status, count) ->
          text.sample(
              PREFIX + "requests",
              labels + ',' + labels("method", method, "status", Integer.toString(status)),
              count));
    }
    histogram(all, "request_duration_seconds", "Time to the last byte", s -> s.seconds, 1e-9);
    histogram(all, "response_duration_seconds", "Time of the response", s -> s.seconds, 1e-9);
    histogram(all, "header_duration_seconds", "Time to the header", s -> s.headSeconds, 1e-9);
    histogram(all, "request_size", "Bytes of the request", s -> s.requestBytes, 1);
    histogram(all, "response_size", "Bytes of the response", s -> s.responseBytes, 1);
    connections(counters);
    configuration(metrics);
  }

  private void histogram(
      List<Series> all, String name, String help, Function<Series, Histogram> part, double scale) {
    text.metric(PREFIX + name, "histogram", help);
    for (Series series : all) {
      text.histogram(PREFIX + name, series(series.key), part.apply(series).scaled(scale));
    }
  }

  private String series(SeriesKey key) {
    return controller
        + ','
        + labels(
            "namespace", key.namespace(),
            "ingress", key.name(),
            "service", key.service(),
            "host", key.host(),
            "path", key.path(),
            "canary", "");
  }

  private void connections(GatewayCounters counters) {
    String name = PREFIX + "nginx_process_connections";
    text.metric(name, "gauge", "Current number of client connections by state");
    text.sample(name, controller + ",state=\"active\"", counters.connections());
    text.metric(name + "_total", "counter", "Total number of connections by state");
    text.sample(
        name + "_total", controller + ",state=\"accepted\"", counters.connectionsAccepted());
    text.sample(
        name + "_total",
        controller + ",state=\"handled\"",
        counters.connectionsAccepted() - counters.connectionsRefused());
    text.metric(
        PREFIX + "nginx_process_requests_total", "counter", "Total number of client requests");
    text.sample(PREFIX + "nginx_process_requests_total", controller, counters.requests());
  }

  private void configuration(GatewayMetrics metrics) {
    GatewayMetrics.Configuration configuration = metrics.configuration();
    value("config_last_reload_successful", "gauge", configuration.successful() ? 1 : 0);
    value("config_last_reload_successful_timestamp_seconds", "gauge", configuration.lastSuccess());
    value("success", "counter", metrics.compilations.sum());
    value("errors", "counter", metrics.failures.sum());
    Translation last = configuration.last();
    if (last == null) {
      return;
    }
    text.metric(PREFIX + "ssl_expire_time_seconds", "gauge", "When a certificate ends");
    new TreeMap<>(last.certificates().byHost())
        .forEach((host, certificate) ->
            text.sample(
                PREFIX + "ssl_expire_time_seconds",
                labels("class", options.controllerClass(), "host", host),
                certificate.leaf().getNotAfter().getTime() / 1000.0));
    text.metric(PREFIX + "orphan_ingress", "gauge", "Ingresses without their Service");
    for (String orphan : last.withoutService()) {
      int slash = orphan.indexOf('/');
      text.sample(
          PREFIX + "orphan_ingress",
          labels(
              "namespace",
              orphan.substring(0, slash),
              "ingress",
              orphan.substring(slash + 1),
              "type",
              "no-service"),
          1);
    }
  }

  private void value(String name, String type, double value) {
    text.metric(PREFIX + name, type, "As ingress-nginx names it");
    text.sample(PREFIX + name, controller, value);
  }
}
