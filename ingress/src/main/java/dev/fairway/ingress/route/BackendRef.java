// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.List;

/**
 * A target of a route.
 *
 * @param weight share of the requests among the backends of one route; 0 takes none
 * @param filters steps for the requests that take this backend, after those of the route
 * @param target where they go
 */
public record BackendRef(Target target, int weight, List<RouteFilter> filters) {
  public BackendRef {
    filters = List.copyOf(filters);
  }

  /** A backend without steps of its own that takes every request. */
  public static BackendRef to(UpstreamSpec upstream) {
    return new BackendRef(new Service(upstream), 1, List.of());
  }

  /** Where requests go. */
  public sealed interface Target {}

  /** To an endpoint of a Service. */
  public record Service(UpstreamSpec upstream) implements Target {}

  /** Nowhere: the reference is not valid, its share of the requests is answered. */
  public record Broken(int status, String reason) implements Target {}
}
