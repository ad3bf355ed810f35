// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Asks upstreams that failed for something that every server answers, until they do. Thread-safe.
 */
final class Probes {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private final ScheduledExecutorService timer;
  private final HedgedAsk.Exchanges exchanges;
  private final LongSupplier nanoTime;
  private final ForwardMetrics metrics;

  Probes(
      ScheduledExecutorService timer,
      HedgedAsk.Exchanges exchanges,
      LongSupplier nanoTime,
      ForwardMetrics metrics) {
    this.timer = timer;
    this.exchanges = exchanges;
    this.nanoTime = nanoTime;
    this.metrics = metrics;
  }

  /** An upstream did not answer. */
  void failed(Upstream upstream, UpstreamGroup group) {
    upstream.failed();
    if (upstream.startProbing()) {
      later(upstream, group);
    }
  }

  private void later(Upstream upstream, UpstreamGroup group) {
    try {
      timer.schedule(
          () -> Thread.ofVirtual().name("dns-probe").start(() -> probe(upstream, group)),
          group.health().interval().toNanos(),
          TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      upstream.stopProbing();
    }
  }

  private void probe(Upstream upstream, UpstreamGroup group) {
    UpstreamGroup.Health health = group.health();
    Lookup lookup = Lookup.own(health.probeName(), RecordType.NS, health.recursion());
    long now = nanoTime.getAsLong();
    try {
      UpstreamMessage message =
          exchanges.with(upstream, group.connections()).ask(lookup, now + TIMEOUT.toNanos());
      if (message != null) {
        upstream.stopProbing();
        upstream.answered(nanoTime.getAsLong() - now);
        return;
      }
    } catch (IOException e) {
      System.getLogger(Probes.class.getName())
          .log(System.Logger.Level.DEBUG, () -> "probe of " + upstream.label() + " failed: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    metrics.probeFailure(upstream.label());
    upstream.failed();
    later(upstream, group);
  }
}
