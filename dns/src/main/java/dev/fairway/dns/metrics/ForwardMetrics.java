// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

import dev.fairway.dns.metrics.DnsMetrics.Sample;
import dev.fairway.dns.wire.Rcode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Counts what the forwarder and its cache do. Thread-safe; counting hits does not allocate. */
public final class ForwardMetrics {
  /** Whether an answer has records. */
  public enum Kind {
    SUCCESS,
    DENIAL
  }

  /** Seconds; upper bounds of the histogram's buckets. */
  private static final double[] BUCKETS = {
    0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024,
    2.048, 4.096, 8.192
  };

  private static final String PROXY = "proxy_name";
  private static final String FORWARD = "forward";

  private record Key(String to, String rcode) {}

  private static final class Histogram {
    final LongAdder[] buckets = new LongAdder[BUCKETS.length];
    final LongAdder count = new LongAdder();
    final LongAdder nanos = new LongAdder();

    Histogram() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }
  }

  private final LongAdder[] hits = {new LongAdder(), new LongAdder()};
  private final LongAdder misses = new LongAdder();
  private final LongAdder prefetches = new LongAdder();
  private final LongAdder stale = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder rejects = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private final LongAdder upstreamFailures = new LongAdder();
  private final LongAdder spoofSuspects = new LongAdder();
  private final LongAdder hedges = new LongAdder();
  private final LongAdder loops = new LongAdder();
  private final LongAdder autopaths = new LongAdder();
  private final LongAdder reloads = new LongAdder();
  private final LongAdder failedReloads = new LongAdder();
  private final Map<Key, Histogram> durations = new ConcurrentHashMap<>();
  private final Map<Key, LongAdder> probeFailures = new ConcurrentHashMap<>();
  private final Map<Key, LongAdder> connectionHits = new ConcurrentHashMap<>();
  private final Map<Key, LongAdder> connectionMisses = new ConcurrentHashMap<>();
  private volatile LongSupplier cacheEntries = () -> 0;

  /** Where the number of cached answers is read. */
  public void cacheEntries(LongSupplier source) {
    cacheEntries = source;
  }

  /** A name was answered from the cache. */
  public void cacheHit(Kind kind) {
    hits[kind.ordinal()].increment();
  }

  /** A name was not in the cache. */
  public void cacheMiss() {
    misses.increment();
  }

  /** An answer is fetched again before its end. */
  public void prefetch() {
    prefetches.increment();
  }

  /** An answer was used after its end. */
  public void servedStale() {
    stale.increment();
  }

  /** An answer was dropped for want of room. */
  public void eviction() {
    evictions.increment();
  }

  /** A lookup was refused because too many are under way. */
  public void reject() {
    rejects.increment();
  }

  /** No upstream of a group is up; one was asked nevertheless. */
  public void healthcheckBroken() {
    broken.increment();
  }

  /** An upstream did not answer in time or not at all. */
  public void upstreamFailure() {
    upstreamFailures.increment();
  }

  /** An upstream's datagram did not match the question. */
  public void spoofSuspect() {
    spoofSuspects.increment();
  }

  /** A second upstream was asked because the first is slow. */
  public void hedge() {
    hedges.increment();
  }

  /** An upstream was found to ask this server. */
  public void loop() {
    loops.increment();
  }

  /** A search path was cut short. */
  public void autopath() {
    autopaths.increment();
  }

  /** The configuration was read again. */
  public void reload(boolean succeeded) {
    (succeeded ? reloads : failedReloads).increment();
  }

  /** An upstream answered. */
  public void answered(String to, int rcode, long nanos) {
    String name = rcode < Rcode.count() ? Rcode.name(rcode) : Integer.toString(rcode);
    Histogram histogram = durations.computeIfAbsent(new Key(to, name), key -> new Histogram());
    double seconds = nanos / 1e9;
    for (int i = BUCKETS.length - 1; i >= 0 && seconds <= BUCKETS[i]; i--) {
      histogram.buckets[i].increment();
    }
    histogram.count.increment();
    histogram.nanos.add(nanos);
  }

  /** A probe of an upstream failed. */
  public void probeFailure(String to) {
    add(probeFailures, to, "");
  }

  /** A connection to an upstream was used again, or a new one was made. */
  public void connection(String to, String protocol, boolean reused) {
    add(reused ? connectionHits : connectionMisses, to, protocol);
  }

  private static void add(Map<Key, LongAdder> counters, String to, String detail) {
    counters.computeIfAbsent(new Key(to, detail), key -> new LongAdder()).increment();
  }

  /** Adds all values that are not zero. */
  void samples(List<Sample> out) {
    add(out, "coredns_cache_hits_total", Map.of("type", "success"), hits[0].sum());
    add(out, "coredns_cache_hits_total", Map.of("type", "denial"), hits[1].sum());
    add(out, "coredns_cache_misses_total", Map.of(), misses.sum());
    long requests = hits[0].sum() + hits[1].sum() + misses.sum();
    add(out, "coredns_cache_requests_total", Map.of(), requests);
    add(out, "coredns_cache_prefetch_total", Map.of(), prefetches.sum());
    add(out, "coredns_cache_served_stale_total", Map.of(), stale.sum());
    add(out, "coredns_cache_evictions_total", Map.of(), evictions.sum());
    add(out, "coredns_cache_entries", Map.of(), cacheEntries.getAsLong());
    add(out, "coredns_forward_max_concurrent_rejects_total", Map.of(), rejects.sum());
    add(out, "coredns_forward_healthcheck_broken_total", Map.of(), broken.sum());
    add(out, "coredns_autopath_success_total", Map.of(), autopaths.sum());
    add(out, "coredns_reload_failed_total", Map.of(), failedReloads.sum());
    add(out, "fairway_dns_reloads_total", Map.of(), reloads.sum());
    add(out, "fairway_dns_upstream_failures_total", Map.of(), upstreamFailures.sum());
    add(out, "fairway_dns_spoof_suspects_total", Map.of(), spoofSuspects.sum());
    add(out, "fairway_dns_hedged_total", Map.of(), hedges.sum());
    add(out, "fairway_dns_loops_total", Map.of(), loops.sum());
    counters(out, "coredns_proxy_healthcheck_failures_total", "", probeFailures);
    counters(out, "coredns_proxy_conn_cache_hits_total", "proto", connectionHits);
    counters(out, "coredns_proxy_conn_cache_misses_total", "proto", connectionMisses);
    durations.forEach((key, histogram) -> histogram(out, key, histogram));
  }

  private static void counters(
      List<Sample> out, String name, String detail, Map<Key, LongAdder> counters) {
    counters.forEach((key, value) -> {
      Map<String, String> labels = labels(key);
      labels.remove("rcode");
      if (!detail.isEmpty()) {
        labels.put(detail, key.rcode);
      }
      add(out, name, labels, value.sum());
    });
  }

  private static void histogram(List<Sample> out, Key key, Histogram histogram) {
    String name = "coredns_proxy_request_duration_seconds";
    long count = histogram.count.sum();
    for (int i = 0; i < BUCKETS.length; i++) {
      Map<String, String> labels = labels(key);
      labels.put("le", Double.toString(BUCKETS[i]));
      out.add(new Sample(name + "_bucket", labels, histogram.buckets[i].sum()));
    }
    Map<String, String> all = labels(key);
    all.put("le", "+Inf");
    out.add(new Sample(name + "_bucket", all, count));
    out.add(new Sample(name + "_sum", labels(key), histogram.nanos.sum() / 1e9));
    out.add(new Sample(name + "_count", labels(key), count));
  }

  private static Map<String, String> labels(Key key) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put(PROXY, FORWARD);
    labels.put("to", key.to);
    labels.put("rcode", key.rcode);
    return labels;
  }

  private static void add(List<Sample> out, String name, Map<String, String> labels, long value) {
    if (value != 0) {
      out.add(new Sample(name, labels, value));
    }
  }
}
