// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** Counts queries, responses and forwarded lookups. Thread-safe; counting does not allocate. */
public final class DnsMetrics {
  /** One value, as a scraper sees it. */
  public record Sample(String name, Map<String, String> labels, double value) {}

  private final List<QueryCounters> loops = new CopyOnWriteArrayList<>();
  private volatile String server = ":53";
  private volatile String zone = ".";
  private volatile List<String> plugins = List.of();
  private final Histogram health = new Histogram(Histogram.growing(0.00025, 10, 5));
  private final LongAdder healthFailures = new LongAdder();
  private final Map<String, Histogram> programming = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, LongAdder> https = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, LongAdder> https3 = new ConcurrentHashMap<>();
  private final LongAdder quic = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder panics = new LongAdder();
  private final LongAdder rateLimited = new LongAdder();
  private volatile boolean stale;
  private final LongAdder tcpRejected = new LongAdder();
  private final ForwardMetrics forward = new ForwardMetrics();

  /**
   * What the labels of queries say.
   *
   * @param address that is listened on, as {@code :53}
   * @param zoneName the zone that this server answers for, "." for all
   * @param names what of CoreDNS's plugins is in use
   */
  public void describe(String address, String zoneName, List<String> names) {
    server = address;
    zone = zoneName;
    plugins = List.copyOf(names);
  }

  /** The process asked itself for its health. */
  public void health(long nanos, boolean failed) {
    health.observe(nanos);
    if (failed) {
      healthFailures.increment();
    }
  }

  /**
   * A change of endpoints can be asked for.
   *
   * @param kind of the service: {@code cluster_ip} or {@code headless_with_selector}
   * @param nanos since the change was caused
   */
  public void programmed(String kind, long nanos) {
    programming
        .computeIfAbsent(kind, _ -> new Histogram(Histogram.growing(0.001, 2, 20)))
        .observe(nanos);
  }

  /** The counters of a new event loop. */
  public QueryCounters newLoop() {
    QueryCounters counters = new QueryCounters();
    loops.add(counters);
    return counters;
  }

  /** An HTTP response went out. */
  public void http(int status, boolean http3) {
    (http3 ? https3 : https).computeIfAbsent(status, key -> new LongAdder()).increment();
  }

  /** A response went out over QUIC. */
  public void quic() {
    quic.increment();
  }

  /** A message was ignored: no query, or too short. */
  public void drop() {
    dropped.increment();
  }

  /** So many messages were ignored, or their responses could not be sent. */
  public void drop(int count) {
    dropped.add(count);
  }

  /** Answering failed because of a fault in this program. */
  public void panic() {
    panics.increment();
  }

  /** A query was one too many of its client. */
  public void rateLimit() {
    rateLimited.increment();
  }

  /** A TCP connection was refused because there are too many. */
  public void tcpReject() {
    tcpRejected.increment();
  }

  /** What the forwarder counts. */
  public ForwardMetrics forward() {
    return forward;
  }

  /** Whether names are answered from what was known before this server started. */
  public void stale(boolean is) {
    stale = is;
  }

  /** All values that are not zero. */
  public List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    String version = DnsMetrics.class.getPackage().getImplementationVersion();
    samples.add(
        new Sample(
            "coredns_build_info",
            labels(
                "version", version == null ? "fairway" : "fairway-" + version,
                "revision", "",
                "goversion", ""),
            1));
    QuerySamples queries = new QuerySamples(loops, server, zone, samples);
    plugins.forEach(queries::plugin);
    queries.add();
    https.forEach((status, count) ->
        add(
            samples,
            "coredns_dns_https_responses_total",
            labels("status", status.toString()),
            count));
    https3.forEach((status, count) ->
        add(
            samples,
            "coredns_dns_https3_responses_total",
            labels("status", status.toString()),
            count));
    add(samples, "coredns_dns_quic_responses_total", Map.of(), quic);
    samples.add(new Sample("coredns_panics_total", Map.of(), panics.sum()));
    add(samples, "fairway_dns_dropped_total", Map.of(), dropped);
    add(samples, "fairway_dns_rate_limited_total", Map.of(), rateLimited);
    add(samples, "fairway_dns_tcp_rejected_total", Map.of(), tcpRejected);
    if (stale) {
      samples.add(new Sample("fairway_dns_stale", Map.of(), 1));
    }
    health.samples(samples, "coredns_health_request_duration_seconds", Map.of());
    add(samples, "coredns_health_request_failures_total", Map.of(), healthFailures);
    programming.forEach((kind, histogram) ->
        histogram.samples(
            samples,
            "coredns_kubernetes_dns_programming_duration_seconds",
            Map.of("service_kind", kind)));
    forward.samples(samples);
    return samples;
  }

  /** All values in the text format of Prometheus. */
  public String prometheus() {
    StringBuilder text = new StringBuilder();
    String last = "";
    for (Sample sample : samples()) {
      String family = family(sample.name());
      if (!family.equals(last)) {
        last = family;
        text.append("# TYPE ").append(last).append(' ').append(type(sample.name())).append('\n');
      }
      text.append(sample.name());
      if (!sample.labels().isEmpty()) {
        StringBuilder labels = new StringBuilder();
        sample
            .labels()
            .forEach((key, value) ->
                labels
                    .append(labels.isEmpty() ? "" : ",")
                    .append(key)
                    .append("=\"")
                    .append(value)
                    .append('"'));
        text.append('{').append(labels).append('}');
      }
      double value = sample.value();
      text.append(' ');
      if (value == Math.rint(value)) {
        text.append((long) value);
      } else {
        text.append(value);
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** The name of a metric, of which a histogram has several. */
  private static String family(String name) {
    return isHistogram(name) ? name.substring(0, name.lastIndexOf('_')) : name;
  }

  private static boolean isHistogram(String name) {
    return name.endsWith("_bucket") || name.endsWith("_sum") || name.endsWith("_count");
  }

  private static String type(String name) {
    return isHistogram(name) ? "histogram" : name.endsWith("_total") ? "counter" : "gauge";
  }

  private static void add(
      List<Sample> samples, String name, Map<String, String> labels, LongAdder value) {
    long sum = value.sum();
    if (sum != 0) {
      samples.add(new Sample(name, labels, sum));
    }
  }

  private static Map<String, String> labels(String... pairs) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      labels.put(pairs[i], pairs[i + 1]);
    }
    return labels;
  }
}
