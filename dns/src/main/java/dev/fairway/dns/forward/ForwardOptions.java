// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Where other names are looked up, and how much that may cost.
 *
 * @param routes by zone; a name that none covers is refused
 * @param totalTimeout for how long a client waits; less than the 5 s after which stubs give up
 * @param maxConcurrent lookups at one time, over all routes; more are answered from what the cache
 *     still has, else SERVFAIL
 * @param cacheEntries responses kept at most
 * @param cacheBytes memory for them at most
 * @param errors how failures of upstreams are logged
 */
public record ForwardOptions(
    List<ForwardRoute> routes,
    Duration totalTimeout,
    int maxConcurrent,
    int cacheEntries,
    long cacheBytes,
    ErrorLogOptions errors) {
  /** The most routes: zones of stub domains. */
  public static final int MAX_ROUTES = 1000;

  public ForwardOptions {
    routes = List.copyOf(routes);
    if (routes.isEmpty() || routes.size() > MAX_ROUTES) {
      throw new IllegalArgumentException("1 to 1000 routes are possible, not " + routes.size());
    }
    if (maxConcurrent < 1) {
      throw new IllegalArgumentException("maxConcurrent must be 1 or more, not " + maxConcurrent);
    }
  }

  /** Routes with the defaults: 4 s in total, 10000 lookups, 50000 responses in 16 MiB. */
  public static ForwardOptions of(List<ForwardRoute> routes) {
    return new ForwardOptions(
        routes, Duration.ofSeconds(4), 10_000, 50_000, 16L << 20, ErrorLogOptions.ON);
  }

  /** All names to these servers, with the defaults. */
  public static ForwardOptions to(List<InetSocketAddress> upstreams) {
    return of(List.of(ForwardRoute.of(".", UpstreamGroup.ofAddresses(upstreams))));
  }

  /** With each route changed. */
  public ForwardOptions withRoutes(UnaryOperator<ForwardRoute> change) {
    return new ForwardOptions(
        routes.stream().map(change).toList(),
        totalTimeout,
        maxConcurrent,
        cacheEntries,
        cacheBytes,
        errors);
  }

  /** With each group of upstreams changed. */
  public ForwardOptions withGroups(UnaryOperator<UpstreamGroup> change) {
    return withRoutes(route ->
        new ForwardRoute(
            route.zone(),
            route.groups().stream().map(change).toList(),
            route.except(),
            route.cache()));
  }

  /** With another cache policy for all routes. */
  public ForwardOptions withCachePolicy(CachePolicy policy) {
    return withRoutes(
        route -> new ForwardRoute(route.zone(), route.groups(), route.except(), policy));
  }

  /** With other timeouts. */
  public ForwardOptions withTimeouts(Duration attempt, Duration total) {
    ForwardOptions changed = withGroups(group -> group.withAttemptTimeout(attempt));
    return new ForwardOptions(
        changed.routes, total, maxConcurrent, cacheEntries, cacheBytes, errors);
  }

  /** With another number of lookups at one time. */
  public ForwardOptions withMaxConcurrent(int lookups) {
    return new ForwardOptions(routes, totalTimeout, lookups, cacheEntries, cacheBytes, errors);
  }

  /** With another size of the cache. */
  public ForwardOptions withCache(int entries, long bytes) {
    return new ForwardOptions(routes, totalTimeout, maxConcurrent, entries, bytes, errors);
  }

  /** With another log of failures. */
  public ForwardOptions withErrors(ErrorLogOptions log) {
    return new ForwardOptions(routes, totalTimeout, maxConcurrent, cacheEntries, cacheBytes, log);
  }
}
