// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.forward.ResolvConf;
import dev.fairway.dns.forward.TlsFiles;
import dev.fairway.dns.forward.UpstreamAddress;
import dev.fairway.dns.forward.UpstreamGroup;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.WireName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a {@code forward} directive. */
final class ForwardReader {
  private static final String ALLOWED =
      "except, force_tcp, prefer_udp, expire, max_idle_conns, read_timeout, max_fails,"
          + " max_connect_attempts, tls, tls_servername, policy, health_check, max_concurrent,"
          + " next, next_on_nodata, failfast_all_unhealthy_upstreams, failover, source_address";
  private static final int DNS_PORT = 53;
  private static final int TLS_PORT = 853;
  private static final int MANY_ATTEMPTS = 100;
  private static final Path RESOLVED = Path.of("/run/systemd/resolve/resolv.conf");

  private final Words words;
  private final Problems problems;
  private final Path folder;
  private final List<String> except = new ArrayList<>();
  private final Set<Integer> failoverRcodes = new HashSet<>();
  private final Set<Integer> nextRcodes = new HashSet<>();
  private boolean forceTcp;
  private Duration expire = UpstreamGroup.Connections.DEFAULT.expire();
  private int maxConnections = UpstreamGroup.Connections.DEFAULT.maxConnections();
  private @Nullable InetAddress source;
  private TlsFiles tls = TlsFiles.NONE;
  private String serverName = "";
  private UpstreamGroup.Health health = UpstreamGroup.Health.DEFAULT;
  private UpstreamGroup.Policy policy = UpstreamGroup.Policy.RANDOM;
  private boolean nextOnNodata;
  private boolean failFast;
  private int maxAttempts = -1;
  private int maxConcurrent = -1;
  private @Nullable Duration timeout;

  ForwardReader(Words words, Path folder) {
    this.words = words;
    this.problems = words.problems();
    this.folder = folder;
  }

  /**
   * What was read.
   *
   * @param from names below these zones are forwarded
   * @param group null where no upstream was found, which is warned of
   */
  record Result(List<String> from, @Nullable UpstreamGroup group, List<String> except) {}

  @Nullable Result read(Directive directive) {
    if (!words.count(directive, 2, Integer.MAX_VALUE)) {
      return null;
    }
    for (Directive option : directive.children()) {
      words.noChildren(option);
      option(option);
    }
    List<String> from = words.zones(directive.place(), directive.args().subList(0, 1));
    List<UpstreamAddress> upstreams = new ArrayList<>();
    for (String to : directive.args().subList(1, directive.args().size())) {
      addUpstreams(directive.place(), to, upstreams);
    }
    if (upstreams.size() > UpstreamGroup.MAX_UPSTREAMS) {
      problems.add(
          directive.place(), "names " + upstreams.size() + " upstreams (allowed: 1 to 15)");
      return null;
    }
    return new Result(from, upstreams.isEmpty() ? null : group(upstreams), except);
  }

  private UpstreamGroup group(List<UpstreamAddress> upstreams) {
    UpstreamGroup group = UpstreamGroup.of(upstreams);
    UpstreamGroup.Failover failover =
        new UpstreamGroup.Failover(
            failoverRcodes.isEmpty() ? group.failover().rcodes() : failoverRcodes,
            nextRcodes,
            nextOnNodata,
            failFast,
            maxAttempts < 0
                ? 2 * upstreams.size()
                : maxAttempts == 0 ? MANY_ATTEMPTS : maxAttempts);
    group =
        group
            .withPolicy(policy)
            .withHealth(health)
            .withFailover(failover)
            .withConnections(
                new UpstreamGroup.Connections(forceTcp, expire, maxConnections, source, tls));
    if (maxConcurrent > 0) {
      group = group.withMaxConcurrent(maxConcurrent);
    }
    return timeout == null ? group : group.withAttemptTimeout(timeout);
  }

  private void option(Directive option) {
    switch (option.name()) {
      case "except" -> {
        words.count(option, 1, Integer.MAX_VALUE);
        except.addAll(words.zones(option.place(), option.args()));
      }
      case "force_tcp" -> forceTcp = words.count(option, 0, 0);
      case "prefer_udp" -> words.count(option, 0, 0);
      case "expire" -> expire = words.duration(option);
      case "max_idle_conns" -> {
        int connections = words.number(option, 0, 1000);
        maxConnections = connections == 0 ? maxConnections : connections;
      }
      case "read_timeout" -> timeout = words.duration(option);
      case "max_connect_attempts" -> maxAttempts = words.number(option, 0, Integer.MAX_VALUE);
      case "max_concurrent" -> maxConcurrent = words.number(option, 1, 1_000_000);
      case "policy" -> policy = policy(option);
      case "next_on_nodata" -> nextOnNodata = words.count(option, 0, 0);
      case "failfast_all_unhealthy_upstreams" -> failFast = words.count(option, 0, 0);
      case "next" -> rcodes(option, nextRcodes, true);
      case "failover" -> rcodes(option, failoverRcodes, false);
      case "max_fails", "health_check" -> health(option);
      case "tls", "tls_servername", "source_address" -> connection(option);
      case "doh_method", "resolver" ->
          problems.add(option.place(), "upstreams over HTTPS or by name are not supported");
      default -> words.unknown(option, ALLOWED);
    }
  }

  private void connection(Directive option) {
    if (option.name().equals("tls")) {
      if (words.count(option, 0, 3)) {
        List<String> files =
            option.args().stream().map(file -> folder.resolve(file).toString()).toList();
        tls =
            switch (files.size()) {
              case 0 -> TlsFiles.NONE;
              case 1 -> new TlsFiles("", "", files.get(0));
              case 2 -> new TlsFiles(files.get(0), files.get(1), "");
              default -> new TlsFiles(files.get(0), files.get(1), files.get(2));
            };
        for (String file : files) {
          if (!Files.isReadable(Path.of(file))) {
            problems.value(option.place(), file, "a file that can be read");
          }
        }
      }
    } else if (words.count(option, 1, 1)) {
      String word = option.args().getFirst();
      if (option.name().equals("tls_servername")) {
        serverName = word;
      } else {
        source = Words.inet(word);
        if (source == null) {
          problems.value(option.place(), word, "an IP address");
        }
      }
    }
  }

  private void health(Directive option) {
    if (option.name().equals("max_fails")) {
      int fails = words.number(option, 0, Integer.MAX_VALUE);
      health =
          new UpstreamGroup.Health(
              fails, health.interval(), health.recursion(), health.probeName());
      return;
    }
    if (!words.count(option, 1, 4)) {
      return;
    }
    Duration interval = words.duration(option, 0);
    boolean recursion = true;
    String name = ".";
    for (int i = 1; i < option.args().size(); i++) {
      String word = option.args().get(i);
      if (word.equals("no_rec")) {
        recursion = false;
      } else if (word.equals("domain") && i + 1 < option.args().size()) {
        name = option.args().get(++i);
        if (WireName.parse(name) == null) {
          problems.value(option.place(), name, "a domain name");
          name = ".";
        }
      } else {
        problems.value(option.place(), word, "no_rec, or domain and a name");
      }
    }
    if (interval.isZero()) {
      problems.value(option.place(), option.args().getFirst(), "more than zero");
      return;
    }
    health = new UpstreamGroup.Health(health.maxFails(), interval, recursion, name);
  }

  private UpstreamGroup.Policy policy(Directive option) {
    if (!words.count(option, 1, 1)) {
      return UpstreamGroup.Policy.RANDOM;
    }
    return switch (option.args().getFirst()) {
      case "random" -> UpstreamGroup.Policy.RANDOM;
      case "round_robin" -> UpstreamGroup.Policy.ROUND_ROBIN;
      case "sequential" -> UpstreamGroup.Policy.SEQUENTIAL;
      default -> {
        problems.value(
            option.place(), option.args().getFirst(), "random, round_robin or sequential");
        yield UpstreamGroup.Policy.RANDOM;
      }
    };
  }

  private void rcodes(Directive option, Set<Integer> out, boolean noerror) {
    words.count(option, 1, Integer.MAX_VALUE);
    for (String word : option.args()) {
      int rcode = Rcodes.parse(word);
      if (rcode < 0 || (rcode == Rcode.NOERROR && !noerror)) {
        problems.value(option.place(), word, "a response code like SERVFAIL or REFUSED");
      } else {
        out.add(rcode);
      }
    }
  }

  private void addUpstreams(Directive.Place place, String to, List<UpstreamAddress> out) {
    UpstreamAddress.Protocol protocol = UpstreamAddress.Protocol.DNS;
    String rest = to;
    if (to.startsWith("tls://")) {
      protocol = UpstreamAddress.Protocol.TLS;
      rest = to.substring("tls://".length());
    } else if (to.startsWith("dns://")) {
      rest = to.substring("dns://".length());
    } else if (to.contains("://")) {
      problems.value(place, to, "dns:// or tls:// before an address");
      return;
    }
    String name = serverName;
    int percent = rest.indexOf('%');
    if (percent >= 0) {
      int colon = rest.indexOf(':', percent);
      name = rest.substring(percent + 1, colon < 0 ? rest.length() : colon);
      rest = rest.substring(0, percent) + (colon < 0 ? "" : rest.substring(colon));
    }
    InetSocketAddress address = address(rest, protocol);
    if (address != null) {
      out.add(new UpstreamAddress(protocol, address, name));
      return;
    }
    Path file = folder.resolve(to);
    if (!Files.isRegularFile(file)) {
      problems.value(place, to, "an IP address, with a port if it is not the usual one, or a file");
      return;
    }
    List<InetSocketAddress> servers = ResolvConf.upstreams(List.of(file, RESOLVED));
    if (servers.isEmpty()) {
      problems.warn(place, "'" + to + "' names no server but loopback ones; nothing is forwarded");
    }
    servers.forEach(server -> out.add(UpstreamAddress.of(server)));
  }

  private static @Nullable InetSocketAddress address(
      String text, UpstreamAddress.Protocol protocol) {
    int port = protocol == UpstreamAddress.Protocol.TLS ? TLS_PORT : DNS_PORT;
    InetAddress bare = Words.inet(text);
    if (bare != null) {
      return new InetSocketAddress(bare, port);
    }
    int colon = text.lastIndexOf(':');
    InetAddress address = colon < 0 ? null : Words.inet(text.substring(0, colon));
    if (address == null) {
      return null;
    }
    try {
      port = Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      return null;
    }
    return port < 1 || port > 65_535 ? null : new InetSocketAddress(address, port);
  }
}
