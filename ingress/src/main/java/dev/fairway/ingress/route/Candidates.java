// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one host and path, the most specific first (Gateway API, HTTPRoute rules): with a
 * method, with more header fields, with more query parameters, then the order of adding.
 */
final class Candidates {
  static final Comparator<Route> SPECIFIC_FIRST =
      Comparator.comparing((Route route) -> route.match().method() == null)
          .thenComparing(route -> -route.match().headers().size())
          .thenComparing(route -> -route.match().queries().size());

  private final Route[] routes;

  private Candidates(Route[] routes) {
    this.routes = routes;
  }

  @Nullable Route find(RequestTarget target, String method, HttpFields fields) {
    for (Route route : routes) {
      RouteMatch match = route.match();
      if (match.isUnconditional() || match.accepts(target, method, fields)) {
        return route;
      }
    }
    return null;
  }

  /** Collects routes; not thread-safe. */
  static final class Builder {
    private final List<Route> routes = new ArrayList<>(1);

    /** Adds a route, or returns the one with the same match. */
    @Nullable Route putIfAbsent(Route added) {
      for (Route present : routes) {
        if (present.match().equals(added.match())) {
          return present;
        }
      }
      routes.add(added);
      return null;
    }

    /** Null where there is no route. */
    @Nullable Candidates buildOrNull() {
      return routes.isEmpty() ? null : build();
    }

    Candidates build() {
      Route[] sorted = routes.toArray(Route[]::new);
      Arrays.sort(sorted, SPECIFIC_FIRST);
      return new Candidates(sorted);
    }
  }
}
