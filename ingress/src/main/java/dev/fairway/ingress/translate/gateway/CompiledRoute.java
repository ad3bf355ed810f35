// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.filter.EncodedSlashGuard;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.api.ObjectKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a route behind one Gateway, with what is wrong with them. Filled by its compiler,
 * then only read.
 */
final class CompiledRoute {
  /** A Service that is reached through a Gateway by the rules of a policy. */
  record Behind(ObjectKey service, ObjectKey gateway) {}

  /** What becomes of requests, for any host. */
  final List<Route> routes = new ArrayList<>();

  /** Where streams go. */
  final List<BackendRef> streams = new ArrayList<>();

  /** Every backend that takes connections. */
  final Set<UpstreamSpec> upstreams = new HashSet<>();

  /** Every Service that a policy concerns. */
  final Set<Behind> policed = new HashSet<>();

  /** The first reference that is not valid, or null. */
  @Nullable Problem unresolved;

  /** The first rule that cannot be served, or null. */
  @Nullable Problem invalid;

  /** Whether a rule can be served. */
  boolean anyValid;

  private record Place(String host, boolean guarded) {}

  private final boolean encodedSlashes;
  private final Map<Place, List<Route>> byPlace = new HashMap<>(2);

  /**
   * Without rules yet.
   *
   * @param encodedSlashes whether paths with {@code %2F} pass where clients are asked who they are
   */
  CompiledRoute(boolean encodedSlashes) {
    this.encodedSlashes = encodedSlashes;
  }

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

  /**
   * The routes for a host, the same ones whenever they are asked for.
   *
   * @param asksClients whether clients of the listener are asked who they are
   */
  List<Route> at(String host, boolean asksClients) {
    return byPlace.computeIfAbsent(
        new Place(host, asksClients && !encodedSlashes),
        place -> {
          List<Route> result = new ArrayList<>(routes.size());
          routes.forEach(route -> result.add(at(place, route)));
          return result;
        });
  }

  private static Route at(Place place, Route route) {
    RouteMatch match = route.match();
    List<RouteFilter> filters = route.filters();
    if (place.guarded) {
      filters = new ArrayList<>(filters);
      filters.addFirst(new EncodedSlashGuard());
    }
    return new Route(
        route.origin(),
        new RouteMatch(
            place.host,
            match.pathType(),
            match.path(),
            match.pattern(),
            match.method(),
            match.headers(),
            match.queries()),
        filters,
        route.action(),
        route.policy(),
        route.telemetry());
  }
}
