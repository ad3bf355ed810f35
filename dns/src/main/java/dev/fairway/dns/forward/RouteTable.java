// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.WireName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the route of a name: the one with the longest zone. Immutable. */
final class RouteTable {
  /**
   * A route with its upstreams.
   *
   * @param groups asked in turn; none to refuse
   */
  record Route(WireName zone, List<UpstreamSet> groups, List<WireName> except, CachePolicy cache) {
    boolean refuses(WireName name) {
      if (groups.isEmpty()) {
        return true;
      }
      for (int i = 0; i < except.size(); i++) {
        if (name.labelsBefore(except.get(i)) >= 0) {
          return true;
        }
      }
      return false;
    }
  }

  private final Map<String, Route> byZone = new HashMap<>();
  private final List<Route> routes;
  private final @Nullable Route onlyRoot;

  RouteTable(List<ForwardRoute> options, Function<UpstreamGroup, UpstreamSet> sets) {
    routes =
        options.stream()
            .map(route ->
                new Route(
                    WireName.of(route.zone()),
                    route.groups().stream().map(sets).toList(),
                    route.except().stream().map(WireName::of).toList(),
                    route.cache()))
            .toList();
    routes.forEach(route -> byZone.putIfAbsent(route.zone.toString(), route));
    onlyRoot =
        routes.size() == 1 && routes.getFirst().zone.labels() == 0 ? routes.getFirst() : null;
  }

  List<Route> routes() {
    return routes;
  }

  /** The route of a name, null if none covers it. */
  @Nullable Route find(WireName name) {
    if (onlyRoot != null) {
      return onlyRoot;
    }
    String text = name.toString();
    while (true) {
      Route route = byZone.get(text);
      if (route != null) {
        return route;
      }
      if (text.equals(".")) {
        return null;
      }
      int dot = text.indexOf('.');
      text = dot == text.length() - 1 ? "." : text.substring(dot + 1);
    }
  }
}
