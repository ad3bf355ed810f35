// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Tells browsers that come over HTTPS to come over nothing else (RFC 6797).
 *
 * @param value of the field, valid
 */
public record HstsHeader(String value) implements RouteFilter {
  private static final String NAME = "Strict-Transport-Security";
  private static final String LOWER = "strict-transport-security";

  /** A year, for all names below, as ingress-nginx does by default. */
  public static final HstsHeader YEAR = new HstsHeader("max-age=31536000; includeSubDomains");

  @Override
  public Outcome onRequest(RequestContext request) {
    if (ClientScheme.isHttps(request)) {
      request.onResponse(response -> {
        response.fields().removeNamed(LOWER);
        response.fields().add(NAME, value);
      });
    }
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "responses over HTTPS carry " + NAME + ": " + value;
  }
}
