// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All routes, compiled. Immutable: a request reads the current table once and keeps it to its end.
 *
 * <p>The host is decided first (exact name, then wildcard, then the routes without a host), the
 * path second: where a host is known but none of its paths match, the routes of other hosts are not
 * tried.
 */
public final class RouteTable {
  private static final RouteTable EMPTY = new Builder().build();

  private final RegionMap<VirtualHost> hosts;
  private final RegionMap<VirtualHost> wildcards;
  private final @Nullable VirtualHost anyHost;
  private final @Nullable Route fallback;
  private final int routes;

  private RouteTable(Builder builder) {
    Map<String, VirtualHost> exactHosts = new HashMap<>();
    Map<String, VirtualHost> byParent = new HashMap<>();
    VirtualHost hostless = null;
    for (Map.Entry<String, VirtualHost.Builder> entry : builder.hosts.entrySet()) {
      String host = entry.getKey();
      VirtualHost built = entry.getValue().build();
      if (host.isEmpty()) {
        hostless = built;
      } else if (host.startsWith("*.")) {
        byParent.put(host.substring(2), built);
      } else {
        exactHosts.put(host, built);
      }
    }
    hosts = RegionMap.copyOf(exactHosts);
    wildcards = RegionMap.copyOf(byParent);
    anyHost = hostless;
    fallback = builder.fallback;
    routes = builder.routes;
  }

  /** The table without routes. */
  public static RouteTable empty() {
    return EMPTY;
  }

  /**
   * The route for a request, or null where nothing matches (404). Allocates nothing.
   *
   * @param host as {@link RequestTarget#host()} gives it: lower case, no port, no trailing dot
   * @param path as {@link RequestTarget#path()} gives it: normalised, without the query
   */
  public @Nullable Route match(String host, String path) {
    VirtualHost virtualHost = virtualHost(host);
    Route route = virtualHost == null ? null : virtualHost.match(path);
    return route == null ? fallback : route;
  }

  /** How many routes the table holds. */
  public int size() {
    return routes;
  }

  private @Nullable VirtualHost virtualHost(String host) {
    VirtualHost found = hosts.get(host);
    if (found != null) {
      return found;
    }
    int dot = host.indexOf('.');
    if (dot > 0) {
      found = wildcards.get(host, dot + 1, host.length());
      if (found != null) {
        return found;
      }
    }
    return anyHost;
  }

  /** Collects routes in order of precedence: the first of two equal matches wins. */
  public static final class Builder {
    private final Map<String, VirtualHost.Builder> hosts = new HashMap<>();
    private @Nullable Route fallback;
    private int routes;

    /** Adds a route, or returns the earlier one with the same host, path type and path. */
    public @Nullable Route add(Route route) {
      Route earlier = host(route.match().host()).putIfAbsent(route);
      if (earlier == null) {
        routes++;
      }
      return earlier;
    }

    /** Makes a host known, so that its requests are not answered by routes of other hosts. */
    public void claimHost(String host) {
      host(host);
    }

    /** Sets what answers the requests of a host that match none of its paths. */
    public @Nullable Route addHostDefault(String host, Route route) {
      return host(host).fallbackIfAbsent(route);
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
      return new RouteTable(this);
    }

    private VirtualHost.Builder host(String host) {
      return hosts.computeIfAbsent(host, _ -> new VirtualHost.Builder());
    }
  }
}
