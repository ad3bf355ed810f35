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

  private static final RouteTable EMPTY = new Builder(HostRule.INGRESS).build();

  private final HostRule rule;
  private final RegionMap<VirtualHost> hosts;
  private final RegionMap<VirtualHost> wildcards;
  private final @Nullable VirtualHost anyHost;
  private final @Nullable Route fallback;
  private final int routes;

  private RouteTable(HostRule rule, Map<String, VirtualHost> byHost, @Nullable Route fallback) {
    Map<String, VirtualHost> exactHosts = HashMap.newHashMap(byHost.size());
    Map<String, VirtualHost> byParent = new HashMap<>();
    int count = 0;
    for (Map.Entry<String, VirtualHost> entry : byHost.entrySet()) {
      String host = entry.getKey();
      count += entry.getValue().size();
      if (host.startsWith("*.")) {
        byParent.put(host.substring(2), entry.getValue());
      } else if (!host.isEmpty()) {
        exactHosts.put(host, entry.getValue());
      }
    }
    this.rule = rule;
    hosts = RegionMap.copyOf(exactHosts);
    wildcards = RegionMap.copyOf(byParent);
    anyHost = byHost.get("");
    this.fallback = fallback;
    routes = count;
  }

  /** The table without routes. */
  public static RouteTable empty() {
    return EMPTY;
  }

  /**
   * A table of hosts that are compiled already.
   *
   * @param byHost keys are lower-case names, {@code *.parent}, or "" for every other host
   * @param fallback for everything that is left, or null
   */
  public static RouteTable of(
      HostRule rule, Map<String, VirtualHost> byHost, @Nullable Route fallback) {
    return new RouteTable(rule, byHost, fallback);
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
      Map<String, VirtualHost> built = HashMap.newHashMap(hosts.size());
      hosts.forEach((host, routes) -> built.put(host, routes.build()));
      return of(rule, built, fallback);
    }

    private VirtualHost.Builder host(String host) {
      return hosts.computeIfAbsent(host, _ -> new VirtualHost.Builder());
    }
  }
}
