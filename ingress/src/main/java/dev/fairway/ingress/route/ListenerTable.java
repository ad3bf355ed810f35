// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes behind one socket, by the host names of its listeners. A request belongs to the
 * listener with the most specific name that matches its host (an exact one, then the wildcard with
 * the longest parent, then the listener without a name) and to no other. Immutable.
 */
public final class ListenerTable {
  private static final ListenerTable EMPTY = new ListenerTable(Map.of());

  private final RegionMap<RouteTable> exact;
  private final RegionMap<RouteTable> wildcards;
  private final @Nullable RouteTable any;

  private ListenerTable(Map<String, RouteTable> byHost) {
    Map<String, RouteTable> named = new HashMap<>();
    Map<String, RouteTable> byParent = new HashMap<>();
    byHost.forEach((host, routes) -> {
      if (host.startsWith("*.")) {
        byParent.put(host.substring(2), routes);
      } else if (!host.isEmpty()) {
        named.put(host, routes);
      }
    });
    exact = RegionMap.copyOf(named);
    wildcards = RegionMap.copyOf(byParent);
    any = byHost.get("");
  }

  /** The socket without listeners: every request is answered 404. */
  public static ListenerTable empty() {
    return EMPTY;
  }

  /** One listener for every host. */
  public static ListenerTable of(RouteTable routes) {
    return new ListenerTable(Map.of("", routes));
  }

  /**
   * Listeners by host name.
   *
   * @param byHost keys are lower-case names, {@code *.parent} for any number of labels, or ""
   */
  public static ListenerTable of(Map<String, RouteTable> byHost) {
    return new ListenerTable(byHost);
  }

  /** The routes of the listener for a host as {@link RequestTarget#host()} gives it, or null. */
  public @Nullable RouteTable find(String host) {
    RouteTable found = exact.get(host);
    int dot = host.indexOf('.');
    while (found == null && dot > 0) {
      found = wildcards.get(host, dot + 1, host.length());
      dot = host.indexOf('.', dot + 1);
    }
    return found == null ? any : found;
  }
}
