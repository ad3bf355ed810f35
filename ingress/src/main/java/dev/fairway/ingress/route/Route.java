// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.List;

/**
 * A match with what happens to the requests that match.
 *
 * @param origin the object that the route comes from, for people: {@code Ingress shop/web}
 * @param filters steps before the action, in their order
 */
public record Route(
    String origin,
    RouteMatch match,
    List<RouteFilter> filters,
    RouteAction action,
    RoutePolicy policy) {
  public Route {
    filters = List.copyOf(filters);
  }
}
