// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import java.time.InstantSource;

/**
 * Sends a request to the endpoint of its session, and begins a session where another one answered
 * or there was none.
 *
 * @param backend what tokens call the backend whose endpoints these are
 */
public record SessionEndpoint(SessionToken token, String backend, InstantSource clock)
    implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    SessionToken.Session session = token.read(request.head().fields(), clock.instant());
    String kept = session != null && session.backend().equals(backend) ? session.endpoint() : null;
    if (kept != null) {
      request.preferEndpoint(kept);
    }
    request.onResponse(response -> {
      String answered = request.endpoint();
      if (answered != null && !answered.equals(kept)) {
        SessionToken.Session begun = new SessionToken.Session(answered, backend);
        token.write(begun, request, response.fields(), clock.instant());
      }
    });
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "sessions stay with their endpoint by " + token;
  }
}
