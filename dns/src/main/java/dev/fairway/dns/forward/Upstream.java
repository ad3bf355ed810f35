// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What is known of one upstream. Thread-safe. */
final class Upstream {
  /** Before there are figures, an upstream is taken for slow rather than asked twice. */
  private static final long UNKNOWN_P99 = 500_000_000L;

  private static final long MIN_HEDGE = 100_000_000L;

  private final UpstreamAddress address;
  private final String label;
  private final int maxFails;
  private final int maxInFlight;
  private final LatencyStats latency = new LatencyStats();
  private final AtomicInteger fails = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicBoolean probing = new AtomicBoolean();
  private final StreamPool streams;
  private volatile boolean isolated;
  private volatile boolean caseLost;

  Upstream(UpstreamAddress address, UpstreamGroup group, ForwardMetrics metrics) {
    this.address = address;
    this.label = address.toString();
    this.maxFails = group.health().maxFails();
    this.maxInFlight = group.maxConcurrent();
    this.streams = new StreamPool(address, group.connections(), label, metrics);
  }

  UpstreamAddress address() {
    return address;
  }

  String label() {
    return label;
  }

  StreamPool streams() {
    return streams;
  }

  /** Takes one of the places for questions under way; false when there is none. */
  boolean acquire() {
    if (inFlight.incrementAndGet() > maxInFlight) {
      inFlight.decrementAndGet();
      return false;
    }
    return true;
  }

  void release() {
    inFlight.decrementAndGet();
  }

  /** It answered, whatever the answer was. */
  void answered(long nanos) {
    fails.set(0);
    latency.record(nanos);
  }

  /** It was given up before its time was over, because another was faster. */
  void overtaken(long nanos) {
    latency.record(nanos);
  }

  /** It did not answer. */
  void failed() {
    fails.incrementAndGet();
  }

  boolean isDown() {
    return maxFails > 0 && fails.get() >= maxFails;
  }

  /** Whether the caller is now the one who probes. */
  boolean startProbing() {
    return maxFails > 0 && probing.compareAndSet(false, true);
  }

  void stopProbing() {
    probing.set(false);
  }

  /** Whether it asks this server and is therefore asked nothing. */
  boolean isIsolated() {
    return isolated;
  }

  void isolate(boolean on) {
    isolated = on;
  }

  /** Whether it does not keep the letter case of questions, which was seen over TCP. */
  boolean losesCase() {
    return caseLost;
  }

  void caseLost() {
    caseLost = true;
  }

  /** After how many nanoseconds without an answer another upstream is asked too. */
  long hedgeAfter() {
    return Math.max(MIN_HEDGE, 2 * latency.p99(UNKNOWN_P99));
  }
}
