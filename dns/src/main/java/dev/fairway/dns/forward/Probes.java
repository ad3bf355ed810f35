// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.RecordType;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Asks upstreams that failed for something that every server answers, until they do. Thread-safe.
 */
final class Probes {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private final OwnQuestions questions;
  private final LongSupplier nanoTime;
  private final ForwardMetrics metrics;

  Probes(OwnQuestions questions, LongSupplier nanoTime, ForwardMetrics metrics) {
    this.questions = questions;
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
    if (!questions.startLater(
        group.health().interval(), "dns-probe", () -> probe(upstream, group))) {
      upstream.stopProbing();
    }
  }

  private void probe(Upstream upstream, UpstreamGroup group) throws InterruptedException {
    UpstreamGroup.Health health = group.health();
    Lookup lookup = Lookup.own(health.probeName(), RecordType.NS, health.recursion());
    long start = nanoTime.getAsLong();
    if (questions.isAnswered(upstream, group, lookup, TIMEOUT)) {
      upstream.stopProbing();
      upstream.answered(nanoTime.getAsLong() - start);
      return;
    }
    metrics.probeFailure(upstream.label());
    upstream.failed();
    later(upstream, group);
  }
}
