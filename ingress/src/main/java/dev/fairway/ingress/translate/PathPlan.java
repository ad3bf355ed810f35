// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.filter.SlashRedirect;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.translate.nginx.IngressSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * A path of an Ingress, before it is known what else its host has. Immutable.
 *
 * @param origin the Ingress, for people
 * @param written the path as the Ingress has it, not normalised
 */
record PathPlan(
    String origin, String written, RouteMatch match, RouteAction action, IngressSettings settings) {

  /**
   * The route.
   *
   * @param tls whether the host has TLS
   */
  Route route(boolean tls) {
    return route(match, tls);
  }

  /** The route with the path as an expression in any case, as ingress-nginx has it. */
  Route expression(boolean tls) {
    if (match.pathType() == PathType.REGEX) {
      return route(tls);
    }
    return route(RouteMatch.regex(match.host(), written, false), tls);
  }

  /** Whether nginx would redirect the same path without its last slash. */
  boolean endsInSlash() {
    return match.pathType() != PathType.REGEX
        && match.path().length() > 1
        && match.path().endsWith("/");
  }

  /** The path without its last slash. */
  String withoutSlash() {
    String path = match.path();
    return path.substring(0, path.length() - 1);
  }

  /** What answers the path without its last slash. */
  Route slashRedirect(boolean tls) {
    RouteMatch bare = RouteMatch.path(match.host(), PathType.EXACT, withoutSlash());
    List<RouteFilter> filters = new ArrayList<>(settings.filters(bare, tls));
    filters.addFirst(new SlashRedirect());
    return new Route(origin, bare, filters, action, settings.policy());
  }

  private Route route(RouteMatch as, boolean tls) {
    return new Route(origin, as, settings.filters(as, tls), action, settings.policy());
  }
}
