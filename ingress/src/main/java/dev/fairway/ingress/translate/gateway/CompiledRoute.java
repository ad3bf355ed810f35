// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteMatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of an HTTPRoute or GRPCRoute, without hosts, with what is wrong with them. */
final class CompiledRoute {
  final List<Route> routes = new ArrayList<>();

  /** The first reference that is not valid, or null. */
  @Nullable Problem unresolved;

  /** The first rule that cannot be served, or null. */
  @Nullable Problem invalid;

  /** Whether a rule can be served. */
  boolean anyValid;

  void unresolved(Problem problem) {
    if (unresolved == null) {
      unresolved = problem;
    }
  }

  void invalid(Problem problem) {
    if (invalid == null) {
      invalid = problem;
    }
  }

  /** The same route for a host. */
  static Route at(String host, Route route) {
    RouteMatch match = route.match();
    return new Route(
        route.origin(),
        new RouteMatch(
            host,
            match.pathType(),
            match.path(),
            match.pattern(),
            match.method(),
            match.headers(),
            match.queries()),
        route.filters(),
        route.action(),
        route.policy(),
        route.telemetry());
  }
}
