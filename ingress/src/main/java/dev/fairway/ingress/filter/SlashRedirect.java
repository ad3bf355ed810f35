// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.ClientAuthority;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteFilter;

/** Sends requests to the same path with a slash at its end, as nginx does by itself. */
public record SlashRedirect() implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    RequestTarget target = request.target();
    String authority = ClientAuthority.of(request);
    String origin = authority.isEmpty() ? "" : ClientScheme.of(request) + "://" + authority;
    String location = origin + target.path() + "/" + target.query();
    request.answer(301, "redirected to the slash", f -> f.add(Field.LOCATION, location));
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "every request is answered with 301 to the same path with a slash at its end";
  }
}
