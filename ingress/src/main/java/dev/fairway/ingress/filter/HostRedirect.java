// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.ClientAuthority;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Sends every request to the same path of another host.
 *
 * @param status 301, 302, 303, 307 or 308
 */
public record HostRedirect(int status, String host) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    boolean tls = ClientScheme.isHttps(request);
    int usual = tls ? 443 : 80;
    int own = tls ? request.httpsPort() : usual;
    int number = ClientAuthority.isForwarded(request) ? ClientAuthority.port(request) : own;
    String port = number == usual ? "" : ":" + number;
    String location =
        ClientScheme.of(request) + "://" + host + port + request.target().pathAndQuery();
    request.answer(status, "redirected to the other name", f -> f.add(Field.LOCATION, location));
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "every request is answered with " + status + " to the same path of " + host;
  }
}
