// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All routes, compiled. Immutable: a request reads the current table once and keeps it to its end.
 *
 * <p>The host is decided first (exact name, then wildcard, then the routes without a host), the
 * path second. What a wildcard is, and what happens where a host is known but none of its paths
 * match, is said by the {@link HostRule}.
 */
public final class RouteTable {
  /** The two host semantics of Kubernetes. */
  public enum HostRule {
    /** Ingress: a wildcard is one label; the routes of other hosts are not tried. */
    INGRESS,
    /** Gateway API: a wildcard is one label or more; less specific hosts are tried next. */
    GATEWAY
  }

  private static final RouteTable EMPTY = empty(HostRule.INGRESS);

  private final HostRule rule;
  private final RegionMap<VirtualHost> hosts;
  private final RegionMap<VirtualHost> wildcards;
  private final @Nullable VirtualHost anyHost;
  private final @Nullable Route fallback;
  private final int routes;

  private RouteTable(
      HostRule rule,
      RegionMap<VirtualHost> hosts,
      RegionMap<VirtualHost> wildcards,
      @Nullable VirtualHost anyHost,
      @Nullable Route fallback,
      int routes) {
    this.rule = rule;
    this.hosts = hosts;
    this.wildcards = wildcards;
    this.anyHost = anyHost;
    this.fallback = fallback;
    this.routes = routes;
  }

  /** The table without routes. */
  public static RouteTable empty() {
    return EMPTY;
  }

  /** The table without routes. */
  public static RouteTable empty(HostRule rule) {
    return new RouteTable(
        rule, RegionMap.copyOf(Map.of()), RegionMap.copyOf(Map.of()), null, null, 0);
  }

  /**
   * A table with other hosts; costs little where few change.
   *
   * @param changes new routes by host as in {@link #of}; null for hosts that are gone
   * @param newFallback for everything that is left, or null
   */
  public RouteTable with(Map<String, @Nullable VirtualHost> changes, @Nullable Route newFallback) {
    Map<String, @Nullable VirtualHost> exactHosts = HashMap.newHashMap(changes.size());
    Map<String, @Nullable VirtualHost> byParent = new HashMap<>();
    VirtualHost any = anyHost;
    int count = routes;
    for (Map.Entry<String, @Nullable VirtualHost> change : changes.entrySet()) {
      String host = change.getKey();
      VirtualHost after = change.getValue();
      VirtualHost before;
      if (host.isEmpty()) {
        before = any;
        any = after;
      } else if (host.startsWith("*.")) {
        before = wildcards.get(host.substring(2));
        byParent.put(host.substring(2), after);
      } else {
        before = hosts.get(host);
        exactHosts.put(host, after);
      }
      count += (after == null ? 0 : after.size()) - (before == null ? 0 : before.size());
    }
    return new RouteTable(
        rule, hosts.with(exactHosts), wildcards.with(byParent), any, newFallback, count);
  }

  /**
   * The route for a request, or null where nothing matches (404). Allocates nothing, except where
   * routes ask for header fields, query parameters or expressions.
   */
  public @Nullable Route match(RequestTarget target, String method, HttpFields fields) {
    Route route =
        rule == HostRule.INGRESS
            ? matchOneHost(target, method, fields)
            : matchHosts(target, method, fields);
    return route == null ? fallback : route;
  }

  /** How many routes the table holds. */
  public int size() {
    return routes;
  }

  private @Nullable Route matchOneHost(RequestTarget target, String method, HttpFields fields) {
    String host = target.host();
    VirtualHost found = hosts.get(host);
    int dot = host.indexOf('.');
    if (found == null && dot > 0) {
      found = wildcards.get(host, dot + 1, host.length());
    }
    found = found == null ? anyHost : found;
    return found == null ? null : found.match(target, method, fields);
  }

  private @Nullable Route matchHosts(RequestTarget target, String method, HttpFields fields) {
    String host = target.host();
    VirtualHost exact = hosts.get(host);
    Route route = exact == null ? null : exact.match(target, method, fields);
    int dot = host.indexOf('.');
    while (route == null && dot > 0) {
      VirtualHost wildcard = wildcards.get(host, dot + 1, host.length());
      route = wildcard == null ? null : wildcard.match(target, method, fields);
      dot = host.indexOf('.', dot + 1);
    }
    return route == null && anyHost != null ? anyHost.match(target, method, fields) : route;
  }

  /** Collects routes in order of precedence: the first of two equal matches wins. */
  public static final class Builder {
    private final HostRule rule;
    private final Map<String, VirtualHost.Builder> hosts = new HashMap<>();
    private @Nullable Route fallback;

    public Builder(HostRule rule) {
      this.rule = rule;
    }

    /** Adds a route, or returns the earlier one with the same match. */
    public @Nullable Route add(Route route) {
      return host(route.match().host()).add(route);
    }

    /** Makes a host known, so that its requests are not answered by routes of other hosts. */
    public void claimHost(String host) {
      host(host);
    }

    /** Sets what answers the requests of a host that match none of its paths. */
    public @Nullable Route addHostDefault(String host, Route route) {
      return host(host).addDefault(route);
    }

    /** Sets what answers everything that is left, or returns the earlier default. */
    public @Nullable Route addDefault(Route route) {
      if (fallback != null) {
        return fallback;
      }
      fallback = route;
      return null;
    }

    /** The table; the builder must not be used any more. */
    public RouteTable build() {
      Map<String, @Nullable VirtualHost> built = HashMap.newHashMap(hosts.size());
      hosts.forEach((host, routes) -> built.put(host, routes.build()));
      return empty(rule).with(built, fallback);
    }

    private VirtualHost.Builder host(String host) {
      return hosts.computeIfAbsent(host, _ -> new VirtualHost.Builder());
    }
  }
}
