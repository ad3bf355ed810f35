// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.List;

/**
 * A match with what happens to the requests that match.
 *
 * @param origin the object that the route comes from, for people: {@code Ingress shop/web}
 * @param filters steps before the action, in their order
 * @param telemetry what is told of its requests
 * @param slot for the counters of the route
 */
public record Route(
    String origin,
    RouteMatch match,
    List<RouteFilter> filters,
    RouteAction action,
    RoutePolicy policy,
    Telemetry telemetry,
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
      RoutePolicy policy,
      Telemetry telemetry) {
    this(origin, match, filters, action, policy, telemetry, new RouteSlot());
  }

  /** A route of which everything is told. */
  public Route(
      String origin,
      RouteMatch match,
      List<RouteFilter> filters,
      RouteAction action,
      RoutePolicy policy) {
    this(origin, match, filters, action, policy, Telemetry.DEFAULT);
  }
}
