// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.cluster.PodsMode;
import dev.fairway.dns.forward.CachePolicy;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.dns.forward.ForwardRoute;
import dev.fairway.dns.forward.UpstreamGroup;
import dev.fairway.dns.rules.Block;
import dev.fairway.dns.rules.RuleSet;
import dev.fairway.dns.wire.WireName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Turns server blocks into a configuration. For one use. */
final class ConfigBuilder {
  private static final int BYTES_PER_ENTRY = 1024;
  private static final String ALLOWED =
      "acl, any, autopath, bind, bufsize, cache, chaos, cookie, ddr, debug, errors,"
          + " forward, health, hosts, kubernetes, loadbalance, local, local_names, log,"
          + " loop, minimal, multisocket, nsid, prometheus, ratelimit, ready, reload,"
          + " rewrite, root, template, tls, transfer";

  private final Words words;
  private final Problems problems;
  private final LongSupplier nanoTime;
  private final ProcessReader process;
  private final ServingReader serving;
  private final Set<InetSocketAddress> listen = new LinkedHashSet<>();
  private final Map<String, Block> blocks = new LinkedHashMap<>();
  private final List<ForwardRoute> routes = new ArrayList<>();
  private Path folder;
  private @Nullable KubernetesConfig kubernetes;
  private int cacheCapacity;
  private @Nullable Set<InetSocketAddress> lastListen;

  ConfigBuilder(Path folder, LongSupplier nanoTime, Problems problems) {
    this.folder = folder;
    this.nanoTime = nanoTime;
    this.problems = problems;
    this.words = new Words(problems);
    this.process = new ProcessReader(words);
    this.serving = new ServingReader(words);
  }

  DnsConfig build(String file, List<ServerBlock> servers) {
    if (servers.isEmpty()) {
      problems.add(new Directive.Place(file, 1, "file"), "has no server block");
    }
    servers.forEach(this::server);
    ForwardOptions forward =
        routes.isEmpty() ? null : ForwardOptions.of(routes).withErrors(process.errorLog());
    if (forward != null && cacheCapacity > 0) {
      forward = forward.withCache(cacheCapacity, (long) cacheCapacity * BYTES_PER_ENTRY);
    }
    return new DnsConfig(
        List.copyOf(listen),
        kubernetes,
        forward,
        RuleSet.of(List.copyOf(blocks.values())),
        process.result(),
        serving.result(),
        problems.warnings());
  }

  /** What one server block says, while it is read. */
  private static final class Open {
    final List<String> zones;
    final List<ForwardReader.Result> forwards = new ArrayList<>();
    CachePolicy cache = CachePolicy.NONE;
    boolean cluster;
    List<String> fallthrough = List.of();
    boolean autopath;
    final RuleReader rules;

    Open(List<String> zones, RuleReader rules) {
      this.zones = zones;
      this.rules = rules;
    }
  }

  private void server(ServerBlock server) {
    Map<ServingReader.Scheme, Set<Integer>> ports = new EnumMap<>(ServingReader.Scheme.class);
    List<String> zones = zones(server, ports);
    Open open = new Open(zones, new RuleReader(words, folder, zones, nanoTime));
    List<InetAddress> binds = new ArrayList<>();
    Set<String> once = new LinkedHashSet<>();
    for (Directive directive : server.directives()) {
      if (!isRepeatable(directive.name()) && !once.add(directive.name())) {
        problems.add(directive.place(), "stands twice in one server block");
      } else if (directive.name().equals("bind")) {
        bind(directive, binds);
      } else {
        directive(directive, open);
      }
    }
    listen(server, ports, binds);
    if (open.autopath
        && (!open.cluster || kubernetes == null || kubernetes.zone().pods() != PodsMode.VERIFIED)) {
      problems.add(server.place(), "autopath needs kubernetes with 'pods verified'");
    }
    routes(open);
    for (String zone : open.zones) {
      Block.Cluster cluster =
          new Block.Cluster(
              open.cluster, open.fallthrough.stream().map(WireName::of).toList(), open.autopath);
      if (blocks.put(zone, open.rules.block(zone, cluster)) != null) {
        problems.add(server.place(), "zone " + zone + " has another server block");
      }
    }
  }

  private static boolean isRepeatable(String name) {
    return switch (name) {
      case "forward", "rewrite", "template", "log", "bind", "acl" -> true;
      default -> false;
    };
  }

  /** The zones of the keys {@code [scheme://]zone[:port]}. */
  private List<String> zones(ServerBlock server, Map<ServingReader.Scheme, Set<Integer>> ports) {
    Set<String> zones = new LinkedHashSet<>();
    for (String key : server.keys()) {
      ServingReader.Scheme scheme = ServingReader.Scheme.of(key);
      if (scheme == null) {
        problems.value(
            server.place(), key, "a zone, with dns, tls, https, https3 or quic:// before it");
        continue;
      }
      int from = key.indexOf("://");
      String rest = from < 0 ? key : key.substring(from + 3);
      int colon = rest.lastIndexOf(':');
      int port = scheme.port();
      if (colon >= 0 && rest.indexOf('/') < 0) {
        try {
          port = Integer.parseInt(rest.substring(colon + 1));
        } catch (NumberFormatException e) {
          port = -1;
        }
        if (port < 0 || port > 65_535) {
          problems.value(server.place(), key, "a zone and a port of 0 to 65535");
          port = scheme.port();
        }
        rest = rest.substring(0, colon);
      }
      ports.computeIfAbsent(scheme, any -> new LinkedHashSet<>()).add(port);
      zones.addAll(words.zones(server.place(), List.of(rest.isEmpty() ? "." : rest)));
    }
    if (zones.isEmpty()) {
      problems.add(server.place(), "has no zone");
    }
    return List.copyOf(zones);
  }

  private void bind(Directive directive, List<InetAddress> binds) {
    words.count(directive, 1, Integer.MAX_VALUE);
    words.noChildren(directive);
    for (String word : directive.args()) {
      InetAddress address = Words.inet(word);
      if (address == null) {
        problems.value(directive.place(), word, "IP addresses; interfaces are not looked up");
      } else {
        binds.add(address);
      }
    }
  }

  /** All blocks must listen in the same place: which block answers is a matter of names alone. */
  private void listen(
      ServerBlock server, Map<ServingReader.Scheme, Set<Integer>> ports, List<InetAddress> binds) {
    Set<InetSocketAddress> addresses = new LinkedHashSet<>();
    ports.forEach((scheme, numbers) -> {
      for (InetSocketAddress address : addresses(numbers, binds)) {
        if (scheme == ServingReader.Scheme.DNS) {
          addresses.add(address);
        } else {
          serving.listen(scheme, address, server.place());
        }
      }
    });
    if (addresses.isEmpty()) {
      problems.add(server.place(), "is served encrypted only; add the zone without a scheme");
    }
    if (lastListen != null && !lastListen.equals(addresses)) {
      problems.add(
          server.place(),
          "listens on "
              + addresses
              + ", another server block on "
              + lastListen
              + "; all must have the same addresses and ports");
    }
    lastListen = addresses;
    listen.addAll(addresses);
  }

  private static List<InetSocketAddress> addresses(Set<Integer> ports, List<InetAddress> binds) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int port : ports) {
      if (binds.isEmpty()) {
        addresses.add(new InetSocketAddress(port));
      }
      for (InetAddress bind : binds) {
        addresses.add(new InetSocketAddress(bind, port));
      }
    }
    return addresses;
  }

  private void directive(Directive directive, Open open) {
    switch (directive.name()) {
      case "forward" -> {
        ForwardReader.Result result = new ForwardReader(words, folder).read(directive);
        if (result != null) {
          open.forwards.add(result);
        }
      }
      case "cache" -> {
        CacheReader.Result result = new CacheReader(words).read(directive, open.zones);
        open.cache = result.policy();
        cacheCapacity += result.capacity();
      }
      case "kubernetes" -> kubernetes(directive, open);
      case "root" -> {
        if (words.count(directive, 1, 1)) {
          folder = folder.resolve(directive.args().getFirst());
        }
      }
      case "autopath" -> autopath(directive, open);
      case "loop", "local", "debug" -> words.count(directive, 0, 1);
      case "loadbalance" -> loadbalance(directive);
      default -> {
        if (!open.rules.read(directive)
            && !process.read(directive)
            && !serving.read(directive, folder)) {
          problems.add(directive.place(), "is not supported (supported: " + ALLOWED + ")");
        }
      }
    }
  }

  private void kubernetes(Directive directive, Open open) {
    KubernetesReader.Result result = new KubernetesReader(words).read(directive, open.zones);
    if (result == null) {
      return;
    }
    if (kubernetes != null) {
      problems.add(directive.place(), "stands in two server blocks; one cluster zone is possible");
      return;
    }
    kubernetes = result.config();
    open.cluster = true;
    open.fallthrough =
        result.fallthrough().stream().filter(zone -> !KubernetesReader.isReverse(zone)).toList();
  }

  private void autopath(Directive directive, Open open) {
    words.noChildren(directive);
    if (words.count(directive, 1, Integer.MAX_VALUE)) {
      open.autopath = directive.args().getLast().equals("@kubernetes");
      if (!open.autopath) {
        problems.value(directive.place(), directive.args().getLast(), "@kubernetes");
      }
    }
  }

  private void loadbalance(Directive directive) {
    if (!words.count(directive, 0, 1)) {
      return;
    }
    if (!directive.args().isEmpty() && !directive.args().getFirst().equals("round_robin")) {
      problems.value(directive.place(), directive.args().getFirst(), "round_robin");
    }
    for (Directive option : directive.children()) {
      words.unknown(option, "none");
    }
  }

  /**
   * The longest zone decides between blocks, and in a block between its forwards; both at once are
   * one list of routes. A block without forward refuses what the other rules do not answer.
   */
  private void routes(Open open) {
    Map<String, List<UpstreamGroup>> groups = new LinkedHashMap<>();
    Map<String, List<String>> except = new LinkedHashMap<>();
    for (String zone : open.zones) {
      groups.put(zone, new ArrayList<>());
      for (ForwardReader.Result forward : open.forwards) {
        for (String from : forward.from()) {
          boolean wider = WireName.of(zone).labelsBefore(WireName.of(from)) >= 0;
          boolean narrower = WireName.of(from).labelsBefore(WireName.of(zone)) >= 0;
          if (wider || narrower) {
            String route = wider ? zone : from;
            List<UpstreamGroup> present = groups.computeIfAbsent(route, key -> new ArrayList<>());
            if (forward.group() != null) {
              present.add(forward.group());
            }
            except.computeIfAbsent(route, key -> new ArrayList<>()).addAll(forward.except());
          }
        }
      }
    }
    groups.forEach((zone, upstreams) ->
        routes.add(
            new ForwardRoute(zone, upstreams, except.getOrDefault(zone, List.of()), open.cache)));
  }
}
