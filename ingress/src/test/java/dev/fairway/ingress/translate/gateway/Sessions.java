// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.filter.SessionCookie;
import dev.fairway.ingress.filter.SessionEndpoint;
import dev.fairway.ingress.filter.SessionToken;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import org.jspecify.annotations.Nullable;

/** How the sessions of a route are carried, in words. */
final class Sessions {
  private Sessions() {}

  static String attributes(@Nullable Route route) {
    if (route != null && route.action() instanceof RouteAction.Forward forward) {
      for (BackendRef backend : forward.backends()) {
        for (RouteFilter filter : backend.filters()) {
          if (filter instanceof SessionEndpoint endpoint) {
            return attributes(endpoint.token());
          }
        }
      }
    }
    return "none";
  }

  private static String attributes(SessionToken token) {
    SessionCookie cookie = token.cookie();
    String path = cookie == null ? "" : "Path=" + cookie.path() + ", ";
    String age = cookie == null || cookie.maxAge() == 0 ? "" : "Max-Age=" + cookie.maxAge() + ", ";
    return path + age + "lasts " + token.lifetime() + " s";
  }
}
