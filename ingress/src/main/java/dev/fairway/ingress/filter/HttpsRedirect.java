// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.ClientAuthority;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Sends requests that came over plain HTTP to the same URL over HTTPS. The path of ACME's HTTP-01
 * challenge is exempt.
 *
 * @param status 301, 302, 303, 307 or 308
 * @param stripsSlash leaves out one slash at the end of the URL, as ingress-nginx does
 */
public record HttpsRedirect(int status, boolean stripsSlash) implements RouteFilter {
  /** A redirect to exactly the same path. */
  public HttpsRedirect(int status) {
    this(status, false);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    RequestTarget target = request.target();
    String host = ClientAuthority.host(request);
    if (ClientScheme.isHttps(request) || host.isEmpty() || AcmeChallenge.isPath(target.path())) {
      return Outcome.CONTINUE;
    }
    // A load balancer in front has the usual port: its clients do not know ours.
    int port = ClientAuthority.isForwarded(request) ? 443 : request.httpsPort();
    String authority = port == 443 ? host : host + ":" + port;
    String location = "https://" + authority + pathAndQuery(target);
    request.answer(status, "redirected to HTTPS", fields -> fields.add(Field.LOCATION, location));
    return Outcome.ANSWERED;
  }

  private String pathAndQuery(RequestTarget target) {
    String all = target.pathAndQuery();
    return stripsSlash && all.endsWith("/") ? all.substring(0, all.length() - 1) : all;
  }

  @Override
  public String describe() {
    return "plain HTTP is answered with " + status + " to the same URL over https";
  }
}
