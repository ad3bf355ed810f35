// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import dev.fairway.ingress.listener.GatewayCounters;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.otlp.SpanExport;
import dev.fairway.ingress.translate.Translation;
import dev.fairway.service.metrics.MetricsText;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what a gateway does. Thread-safe; the text is made when it is asked for. */
public final class GatewayMetrics implements RequestObserver {
  /** What the last compilation came to. */
  record Configuration(@Nullable Translation last, boolean successful, double lastSuccess) {}

  private final MetricsOptions options;
  private final @Nullable SpanExport spans;
  private final InstantSource clock;
  private final RequestMetrics requests;
  final LongAdder compilations = new LongAdder();
  final LongAdder failures = new LongAdder();
  final Histogram compileSeconds =
      new Histogram(
          new long[] {
            1_000_000L,
            5_000_000L,
            10_000_000L,
            50_000_000L,
            100_000_000L,
            500_000_000L,
            1_000_000_000L,
            5_000_000_000L
          });
  private volatile Configuration configuration = new Configuration(null, false, 0);

  /**
   * Counts from now on.
   *
   * @param spans where those of sampled requests go, null for nowhere
   */
  public GatewayMetrics(MetricsOptions options, @Nullable SpanExport spans, InstantSource clock) {
    this.options = options;
    this.spans = spans;
    this.clock = clock;
    requests = new RequestMetrics(options.perHost(), options.maxSeries());
  }

  @Override
  public void served(ServedRequest request) {
    requests.served(request);
  }

  /** Objects were compiled and are served. */
  public void compiled(Translation translation, long nanos) {
    compilations.increment();
    compileSeconds.observe(nanos);
    configuration = new Configuration(translation, true, clock.millis() / 1e3);
  }

  /** Objects could not be compiled; what was served before still is. */
  public void notCompiled() {
    failures.increment();
    Configuration before = configuration;
    configuration = new Configuration(before.last(), false, before.lastSuccess());
  }

  /** Everything in the text format of Prometheus, version 0.0.4. */
  public String prometheus(GatewayCounters counters) {
    MetricsText text = new MetricsText();
    OwnNames own = new OwnNames(text);
    own.write(this, counters);
    if (spans != null) {
      own.spans(spans);
    }
    if (options.nginxNames()) {
      new NginxNames(text, options).write(this, counters);
    }
    return text.toString();
  }

  RequestMetrics requests() {
    return requests;
  }

  Configuration configuration() {
    return configuration;
  }
}
