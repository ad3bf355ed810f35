// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.gateway.Gateway;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What decides whether a route attaches to a listener.
 *
 * @param routes where the routes of the listener are collected
 * @param allowed the namespaces whose routes are let in, or null for the listener's own
 * @param namespace of the object that the listener is written in
 */
record AttachPoint(
    ListenerRoutes routes,
    String name,
    String hostname,
    int port,
    List<RouteKind> kinds,
    Gateway.@Nullable Namespaces allowed,
    String namespace) {
  AttachPoint {
    kinds = List.copyOf(kinds);
  }

  static AttachPoint of(ListenerState listener, ListenerRoutes routes) {
    Gateway.AllowedRoutes allowed = listener.spec.allowedRoutes();
    return new AttachPoint(
        routes,
        listener.spec.name(),
        listener.hostname,
        listener.spec.port(),
        listener.kinds,
        allowed == null ? null : allowed.namespaces(),
        listener.namespace());
  }
}
