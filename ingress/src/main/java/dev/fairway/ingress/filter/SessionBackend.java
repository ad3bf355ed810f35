// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import java.time.InstantSource;
import java.util.Map;

/**
 * Sends a request to the backend of its session, whatever the weights are; an ended session is
 * none.
 *
 * @param backends by the names that tokens have for them
 */
public record SessionBackend(
    SessionToken token, Map<String, BackendRef> backends, InstantSource clock)
    implements RouteFilter {
  public SessionBackend {
    backends = Map.copyOf(backends);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    SessionToken.Session session = token.read(request.head().fields(), clock.instant());
    BackendRef backend = session == null ? null : backends.get(session.backend());
    if (backend != null) {
      request.forwardTo(backend);
    }
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "sessions stay with their backend by " + token;
  }
}
