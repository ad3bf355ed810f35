// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.ClientAuthority;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Sends those who ask for the root of a host to where its application begins.
 *
 * @param path begins with a slash
 * @param relative leaves scheme and host out of the redirect
 */
public record AppRoot(String path, boolean relative) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    boolean reads = request.head().method().equals("GET") || request.head().method().equals("HEAD");
    if (!reads || !request.target().path().equals("/")) {
      return Outcome.CONTINUE;
    }
    String authority = ClientAuthority.of(request);
    String location =
        relative || authority.isEmpty()
            ? path
            : ClientScheme.of(request) + "://" + authority + path;
    request.answer(302, "the application is elsewhere", f -> f.add(Field.LOCATION, location));
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "GET of / is answered with 302 to " + path;
  }
}
