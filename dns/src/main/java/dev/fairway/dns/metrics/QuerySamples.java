// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

import dev.fairway.dns.metrics.DnsMetrics.Sample;
import dev.fairway.dns.wire.Rcode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.function.ToDoubleFunction;

/** Adds up the counters of all event loops, under CoreDNS's names and labels. */
final class QuerySamples {
  private final List<QueryCounters> loops;
  private final String server;
  private final String zone;
  private final List<Sample> out;

  /**
   * Samples.
   *
   * @param server address and port of the label {@code server}, as {@code :53}
   * @param zone the label {@code zone}
   */
  QuerySamples(List<QueryCounters> loops, String server, String zone, List<Sample> out) {
    this.loops = loops;
    this.server = server;
    this.zone = zone;
    this.out = out;
  }

  /** Something of CoreDNS that is in use. */
  void plugin(String name) {
    Map<String, String> labels = labels(Channel.UDP);
    labels.put("name", name);
    out.add(new Sample("coredns_plugin_enabled", labels, 1));
  }

  void add() {
    for (Channel channel : Channel.values()) {
      requests(channel);
    }
    for (Channel channel : Channel.values()) {
      count("coredns_dns_do_requests_total", labels(channel), l -> l.dnssecOk(channel.ordinal()));
    }
    for (Channel channel : Channel.values()) {
      responses(channel);
    }
    sizes("coredns_dns_request_size_bytes", QueryCounters::requestSizes);
    sizes("coredns_dns_response_size_bytes", QueryCounters::responseSizes);
    for (String name : List.of("dns", "tls", "https", "https3", "quic")) {
      durations(name);
    }
  }

  private void requests(Channel channel) {
    for (int family = 1; family <= 2; family++) {
      for (int type = 0; type < QueryCounters.TYPES.length; type++) {
        boolean v4 = family == 1;
        int index = type;
        Map<String, String> labels = labels(channel);
        labels.put("proto", channel.protocol());
        labels.put("family", Integer.toString(family));
        labels.put("type", QueryCounters.TYPES[type]);
        count(
            "coredns_dns_requests_total",
            labels,
            loop -> loop.requests(channel.ordinal(), v4, index));
      }
    }
  }

  private void responses(Channel channel) {
    for (Answerer answerer : Answerer.values()) {
      for (int rcode = 0; rcode < Rcode.count(); rcode++) {
        int code = rcode;
        Map<String, String> labels = labels(channel);
        labels.put("rcode", Rcode.name(rcode));
        labels.put("plugin", answerer.label());
        if (channel != Channel.TCP) {
          // UDP and TCP have the same labels here.
          count(
              "coredns_dns_responses_total",
              labels,
              loop ->
                  loop.responses(channel.ordinal(), answerer.ordinal(), code)
                      + (channel == Channel.UDP
                          ? loop.responses(Channel.TCP.ordinal(), answerer.ordinal(), code)
                          : 0));
        }
      }
    }
  }

  private void sizes(String name, Function<QueryCounters, QueryCounters.Sizes> of) {
    for (Channel channel : Channel.values()) {
      Map<String, String> labels = labels(channel);
      labels.put("proto", channel.protocol());
      histogram(
          name,
          labels,
          QueryCounters.OCTETS.length,
          i -> Integer.toString(QueryCounters.OCTETS[i]),
          i -> sum(loop -> of.apply(loop).bucket(channel.ordinal(), i)),
          sum(loop -> of.apply(loop).sum(channel.ordinal())));
    }
  }

  private void durations(String scheme) {
    List<Channel> channels =
        List.of(Channel.values()).stream().filter(c -> c.scheme().equals(scheme)).toList();
    histogram(
        "coredns_dns_request_duration_seconds",
        labels(channels.getFirst()),
        QueryCounters.SECONDS.length,
        i -> Double.toString(QueryCounters.SECONDS[i]),
        i ->
            sum(loop ->
                channels.stream().mapToLong(channel -> loop.duration(channel.ordinal(), i)).sum()),
        loops.stream()
            .mapToDouble(loop ->
                channels.stream().mapToDouble(channel -> loop.durationSum(channel.ordinal())).sum())
            .sum());
  }

  private void histogram(
      String name,
      Map<String, String> labels,
      int bounds,
      Function<Integer, String> bound,
      IntToLongFunction bucket,
      double sum) {
    long count = 0;
    long[] cumulative = new long[bounds + 1];
    for (int i = 0; i <= bounds; i++) {
      count += bucket.applyAsLong(i);
      cumulative[i] = count;
    }
    if (count == 0) {
      return;
    }
    for (int i = 0; i <= bounds; i++) {
      Map<String, String> all = new LinkedHashMap<>(labels);
      all.put("le", i == bounds ? "+Inf" : bound.apply(i));
      out.add(new Sample(name + "_bucket", all, cumulative[i]));
    }
    out.add(new Sample(name + "_sum", labels, sum));
    out.add(new Sample(name + "_count", labels, count));
  }

  private void count(
      String name, Map<String, String> labels, ToDoubleFunction<QueryCounters> counter) {
    double value = loops.stream().mapToDouble(counter).sum();
    if (value != 0) {
      out.add(new Sample(name, labels, value));
    }
  }

  private long sum(java.util.function.ToLongFunction<QueryCounters> counter) {
    return loops.stream().mapToLong(counter).sum();
  }

  private Map<String, String> labels(Channel channel) {
    String address =
        channel == Channel.UDP || channel == Channel.TCP
            ? server
            : server.substring(0, server.lastIndexOf(':') + 1) + channel.port();
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("server", channel.scheme() + "://" + address);
    labels.put("zone", zone);
    labels.put("view", "");
    return labels;
  }
}
