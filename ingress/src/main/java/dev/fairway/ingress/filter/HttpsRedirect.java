// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Sends requests that came over plain HTTP to the same URL over HTTPS. The path of ACME's HTTP-01
 * challenge is exempt.
 *
 * @param status 301, 302, 303, 307 or 308
 */
public record HttpsRedirect(int status) implements RouteFilter {
  private static final String ACME_CHALLENGE = "/.well-known/acme-challenge/";

  @Override
  public Outcome onRequest(RequestContext request) {
    RequestTarget target = request.target();
    if (request.client().tls()
        || target.host().isEmpty()
        || target.path().startsWith(ACME_CHALLENGE)) {
      return Outcome.CONTINUE;
    }
    int port = request.httpsPort();
    String authority = port == 443 ? target.host() : target.host() + ":" + port;
    request.answer(
        status,
        "redirected to HTTPS",
        fields -> fields.add(Field.LOCATION, "https://" + authority + target.pathAndQuery()));
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "plain HTTP is answered with " + status + " to the same URL over https";
  }
}
