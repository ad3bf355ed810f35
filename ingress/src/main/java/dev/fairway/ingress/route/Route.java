// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.List;

/**
 * A match with what happens to the requests that match.
 *
 * @param origin the object that the route comes from, for people: {@code Ingress shop/web}
 * @param filters steps before the action, in their order
 * @param slot for the counters of the route
 */
public record Route(
    String origin,
    RouteMatch match,
    List<RouteFilter> filters,
    RouteAction action,
    RoutePolicy policy,
    RouteSlot slot) {
  public Route {
    filters = List.copyOf(filters);
  }

  /** A route that nothing is known of yet. */
  public Route(
      String origin,
      RouteMatch match,
      List<RouteFilter> filters,
      RouteAction action,
      RoutePolicy policy) {
    this(origin, match, filters, action, policy, new RouteSlot());
  }
}
