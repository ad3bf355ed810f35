// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.RouteObject;
import java.time.Instant;

/**
 * Where a route stands among all routes: HTTPRoutes before GRPCRoutes, then the oldest first, then
 * by namespace and name.
 */
record Rank(RouteKind kind, Instant created, ObjectKey key) implements Comparable<Rank> {
  static Rank of(RouteKind kind, RouteObject route) {
    return new Rank(kind, Precedence.created(route), route.key());
  }

  @Override
  public int compareTo(Rank other) {
    int byKind = kind.compareTo(other.kind);
    int byAge = byKind != 0 ? byKind : created.compareTo(other.created);
    return byAge != 0 ? byAge : key.compareTo(other.key);
  }
}
