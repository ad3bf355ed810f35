// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts queries, responses and forwarded lookups. Thread-safe; counting does not allocate. */
public final class DnsMetrics {
  /** One value, as a scraper sees it. */
  public record Sample(String name, Map<String, String> labels, double value) {}

  private static final String[] TYPES = typeLabels();
  private static final int[] TYPE_INDEX = typeIndex();
  private static final int OTHER = TYPES.length - 1;

  private final LongAdder[] udpRequests = adders(TYPES.length);
  private final LongAdder[] tcpRequests = adders(TYPES.length);
  private final LongAdder[] responses = adders(Rcode.count());
  private final ConcurrentHashMap<Integer, LongAdder> https = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, LongAdder> https3 = new ConcurrentHashMap<>();
  private final LongAdder quic = new LongAdder();
  private final LongAdder dnssecOk = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder panics = new LongAdder();
  private final LongAdder rateLimited = new LongAdder();
  private volatile boolean stale;
  private final LongAdder tcpRejected = new LongAdder();
  private final ForwardMetrics forward = new ForwardMetrics();

  /** A well-formed question came in. */
  public void request(boolean tcp, int type, boolean wantsDnssec) {
    (tcp ? tcpRequests : udpRequests)
        [type < TYPE_INDEX.length ? TYPE_INDEX[type] : OTHER].increment();
    if (wantsDnssec) {
      dnssecOk.increment();
    }
  }

  /** A response went out. */
  public void response(int rcode) {
    responses[rcode < responses.length ? rcode : Rcode.SERVFAIL].increment();
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
    for (int i = 0; i < TYPES.length; i++) {
      add(
          samples,
          "coredns_dns_requests_total",
          labels("proto", "udp", "type", TYPES[i]),
          udpRequests[i]);
      add(
          samples,
          "coredns_dns_requests_total",
          labels("proto", "tcp", "type", TYPES[i]),
          tcpRequests[i]);
    }
    for (int i = 0; i < responses.length; i++) {
      add(samples, "coredns_dns_responses_total", labels("rcode", Rcode.name(i)), responses[i]);
    }
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
    add(samples, "coredns_dns_do_requests_total", Map.of(), dnssecOk);
    add(samples, "coredns_panics_total", Map.of(), panics);
    add(samples, "fairway_dns_dropped_total", Map.of(), dropped);
    add(samples, "fairway_dns_rate_limited_total", Map.of(), rateLimited);
    add(samples, "fairway_dns_tcp_rejected_total", Map.of(), tcpRejected);
    if (stale) {
      samples.add(new Sample("fairway_dns_stale", Map.of(), 1));
    }
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

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  private static String[] typeLabels() {
    List<String> labels = new ArrayList<>();
    for (int type = 0; type < 256; type++) {
      String label = RecordType.label(type);
      if (!label.equals("other")) {
        labels.add(label);
      }
    }
    labels.add("other");
    return labels.toArray(new String[0]);
  }

  private static int[] typeIndex() {
    int[] index = new int[256];
    for (int type = 0; type < index.length; type++) {
      index[type] = java.util.Arrays.asList(TYPES).indexOf(RecordType.label(type));
    }
    return index;
  }
}
