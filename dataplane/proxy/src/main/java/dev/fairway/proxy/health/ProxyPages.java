// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.health.Answer.Request;
import dev.fairway.service.IpFamily;
import dev.fairway.service.metrics.MetricsText;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** The pages of the metrics server, word for word those of kube-proxy. Thread-safe. */
final class ProxyPages implements Answer.Responder {
  private static final String COMPONENT = "kube-proxy";
  private static final String DEBUG_ONLY =
      "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility"
          + " guarantees and is for debugging purposes only.\n";
  private static final DateTimeFormatter UNIX_DATE =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss 'UTC' yyyy", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final ProxyServers.Pages pages;
  private final ProxyMetrics metrics;
  private final ProxyHealth health;
  private final Set<IpFamily> families;
  private final InstantSource clock;
  private final Instant started;
  private final LongAdder pings = new LongAdder();

  ProxyPages(
      ProxyServers.Pages pages,
      ProxyMetrics metrics,
      ProxyHealth health,
      Set<IpFamily> families,
      InstantSource clock) {
    this.pages = pages;
    this.metrics = metrics;
    this.health = health;
    this.families = families;
    this.clock = clock;
    started = clock.instant();
  }

  @Override
  public Answer answer(Request request) {
    return switch (request.path()) {
      case "/healthz" -> healthz(request.query());
      case "/healthz/ping" -> Answer.text(200, "ok");
      case "/proxyMode" -> Answer.text(200, pages.proxyMode());
      case "/metrics" ->
          metrics(
              new ProxyMetricsText(metrics, health, families, pages.version()).render()
                  + pages.moreMetrics().get());
      case "/metrics/slis" -> metrics(slis());
      case "/configz" -> Answer.json(200, pages.configz().get());
      case "/statusz" -> debugPage(request.accept(), "Statusz", statusText(), statusFields());
      case "/flagz" -> debugPage(request.accept(), "Flagz", flagText(), flagFields());
      default -> Answer.NOT_FOUND;
    };
  }

  /** The only check is that the server answers at all. */
  private Answer healthz(String query) {
    pings.increment();
    List<String> parameters = List.of(query.split("&"));
    if (parameters.stream().noneMatch(p -> p.equals("verbose") || p.startsWith("verbose="))) {
      return Answer.text(200, "ok");
    }
    String check = parameters.contains("exclude=ping") ? "[+]ping excluded: ok" : "[+]ping ok";
    return Answer.text(200, check + "\nhealthz check passed\n");
  }

  private Answer metrics(String body) {
    return new Answer(200, MetricsText.CONTENT_TYPE, Map.of(), body)
        .with("Process-Start-Time-Unix", Long.toString(ProcessFigures.startMillis() / 1000));
  }

  private String slis() {
    MetricsText out = new MetricsText();
    if (pings.sum() > 0) {
      String ping = "name=\"ping\",type=\"healthz\"";
      out.metric(
              "kubernetes_healthcheck",
              "gauge",
              "[STABLE] This metric records the result of a single healthcheck.")
          .sample("kubernetes_healthcheck", ping, 1);
      out.metric(
              "kubernetes_healthchecks_total",
              "counter",
              "[STABLE] This metric records the results of all healthcheck.")
          .sample(
              "kubernetes_healthchecks_total",
              "name=\"ping\",status=\"success\",type=\"healthz\"",
              pings.sum());
    }
    out.gauge(
        "process_start_time_seconds",
        "[ALPHA] Start time of the process since unix epoch in seconds.",
        ProcessFigures.startMillis() / 1000.0);
    return out.toString();
  }

  /**
   * Text for those who take it, JSON for those who name the kind, as Kubernetes' debug pages do.
   */
  private static Answer debugPage(String accept, String kind, String text, String fields) {
    boolean any = accept.isBlank();
    for (String range : accept.split(",")) {
      String type = range.strip().toLowerCase(Locale.ROOT);
      if (type.startsWith("application/json;")
          && type.contains("as=" + kind.toLowerCase(Locale.ROOT))) {
        String version = type.contains("v=v1beta1") ? "v1beta1" : "v1alpha1";
        String json =
            """
            {
              "kind": "%s",
              "apiVersion": "config.k8s.io/%s",
              "metadata": {
                "name": "%s"
              },
            %s
            }\
            """
                .formatted(kind, version, COMPONENT, fields);
        String contentType = "application/json;g=config.k8s.io;v=" + version + ";as=" + kind;
        return new Answer(200, contentType, Map.of(), json);
      }
      any |= type.startsWith("*/*") || type.startsWith("text/plain") || type.startsWith("text/*");
    }
    return any
        ? new Answer(200, "text/plain; charset=utf-8", Map.of(), text)
        : new Answer(406, "application/json", Map.of(), NOT_ACCEPTABLE);
  }

  private static final String NOT_ACCEPTABLE =
      """
      {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "only the following media types are accepted: application/json, application/yaml, text/plain",
        "reason": "NotAcceptable",
        "code": 406
      }\
      """;

  private static final List<String> PATHS =
      List.of("/configz", "/flagz", "/healthz", "/metrics", "/proxyMode");

  private String statusText() {
    Duration up = Duration.between(started, clock.instant());
    StringBuilder more = new StringBuilder();
    pages.status().get().forEach((name, value) -> more.append(name + "= " + value + "\n"));
    return "\n"
        + COMPONENT
        + " statusz\n"
        + DEBUG_ONLY
        + "\nStarted= "
        + UNIX_DATE.format(started)
        + "\nUp= %d hr %02d min %02d sec"
            .formatted(up.toHours(), up.toMinutesPart(), up.toSecondsPart())
        + "\nJava version= "
        + Runtime.version()
        + "\nBinary version= "
        + pages.version()
        + "\nEmulation version= "
        + BuildInfo.EMULATED
        + "\nPaths= "
        + String.join(" ", PATHS)
        + "\n"
        + (more.isEmpty() ? "" : "\n" + more);
  }

  private String statusFields() {
    return """
      "startTime": "%s",
      "uptimeSeconds": %d,
      "javaVersion": "%s",
      "binaryVersion": "%s",
      "emulationVersion": "%s",
      "paths": [
        "%s"
      ]\
    """
        .formatted(
            GoTime.text(started.truncatedTo(ChronoUnit.SECONDS)),
            Duration.between(started, clock.instant()).toSeconds(),
            Runtime.version(),
            Json.escaped(pages.version()),
            BuildInfo.EMULATED,
            String.join("\",\n    \"", PATHS));
  }

  private String flagText() {
    StringBuilder text = new StringBuilder("\n" + COMPONENT + " flagz\n" + DEBUG_ONLY);
    new TreeMap<>(pages.flags().get())
        .forEach((flag, value) -> text.append(flag).append('=').append(value).append('\n'));
    return text.toString();
  }

  private String flagFields() {
    StringBuilder json = new StringBuilder("  \"flags\": {");
    String separator = "\n";
    for (Map.Entry<String, String> flag : new TreeMap<>(pages.flags().get()).entrySet()) {
      json.append(separator).append("    \"").append(Json.escaped(flag.getKey()));
      json.append("\": \"").append(Json.escaped(flag.getValue())).append('"');
      separator = ",\n";
    }
    return json.append("\n  }").toString();
  }
}
