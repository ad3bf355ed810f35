// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.RouteTable.HostRule;
import dev.fairway.ingress.route.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The routes that are attached to one listener. Only the hosts of routes that came or went are put
 * together again. Not thread-safe.
 */
final class ListenerRoutes {
  private record Stream(CompiledRoute rules, Set<String> hosts) {}

  private final Map<String, TreeMap<Rank, CompiledRoute>> requests = new HashMap<>();
  private final TreeMap<Rank, Stream> streams = new TreeMap<>();
  private final Set<String> outdated = new HashSet<>();
  private RouteTable table = RouteTable.empty(HostRule.GATEWAY);
  private final boolean asksClients;
  private int attached;

  /**
   * Without routes yet.
   *
   * @param asksClients whether clients are asked who they are
   */
  ListenerRoutes(boolean asksClients) {
    this.asksClients = asksClients;
  }

  /** Attaches a route for some hosts. */
  void add(Rank rank, CompiledRoute rules, Set<String> hosts) {
    attached++;
    if (!rank.kind().takesRequests()) {
      streams.put(rank, new Stream(rules, hosts));
      return;
    }
    for (String host : hosts) {
      requests.computeIfAbsent(host, _ -> new TreeMap<>()).put(rank, rules);
    }
    outdated.addAll(hosts);
  }

  /** Takes a route away that was attached for these hosts. */
  void remove(Rank rank, Set<String> hosts) {
    attached--;
    streams.remove(rank);
    for (String host : hosts) {
      TreeMap<Rank, CompiledRoute> others = requests.get(host);
      if (others != null) {
        others.remove(rank);
        outdated.add(host);
      }
    }
  }

  /** How many routes are attached. */
  int attached() {
    return attached;
  }

  /** What answers requests. */
  RouteTable table() {
    if (!outdated.isEmpty()) {
      Map<String, @Nullable VirtualHost> changes = HashMap.newHashMap(outdated.size());
      for (String host : outdated) {
        changes.put(host, merge(host));
      }
      table = table.with(changes, null);
      outdated.clear();
    }
    return table;
  }

  private @Nullable VirtualHost merge(String host) {
    TreeMap<Rank, CompiledRoute> attachedToHost = requests.get(host);
    if (attachedToHost == null || attachedToHost.isEmpty()) {
      requests.remove(host);
      return null;
    }
    VirtualHost.Builder routes = new VirtualHost.Builder();
    for (CompiledRoute rules : attachedToHost.values()) {
      for (Route route : rules.at(host, asksClients)) {
        routes.add(route);
      }
    }
    return routes.build();
  }

  /** Where streams go, by precedence. */
  List<StreamRoute> streams() {
    List<StreamRoute> result = new ArrayList<>();
    streams.forEach((rank, stream) -> {
      String origin = rank.kind().kind() + " " + rank.key();
      for (String host : stream.hosts) {
        result.add(new StreamRoute(origin, host, stream.rules.streams));
      }
    });
    return result;
  }
}
