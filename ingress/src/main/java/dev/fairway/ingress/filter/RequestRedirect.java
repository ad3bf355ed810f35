// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.ClientAuthority;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteFilter;
import org.jspecify.annotations.Nullable;

/**
 * Sends clients to another URL, which keeps what is not replaced.
 *
 * @param scheme http, https or "" for that of the request
 * @param hostname "" for that of the request
 * @param port 0 for the usual one of a scheme that is given, else for that of the client
 * @param path null for that of the request
 * @param status 301, 302, 303, 307 or 308
 */
public record RequestRedirect(
    String scheme, String hostname, int port, @Nullable PathChange path, int status)
    implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    String location = location(request);
    request.answer(status, "redirected", fields -> fields.add(Field.LOCATION, location));
    return Outcome.ANSWERED;
  }

  private String location(RequestContext request) {
    RequestTarget target = request.target();
    String to = scheme.isEmpty() ? ClientScheme.of(request) : scheme;
    String host = hostname.isEmpty() ? ClientAuthority.host(request) : hostname;
    int toPort = port;
    if (toPort == 0 && scheme.isEmpty()) {
      toPort = ClientAuthority.port(request);
    }
    boolean usual = toPort == 0 || toPort == (to.equals("https") ? 443 : 80);
    String toPath = path == null ? target.path() : path.apply(target.path());
    return to + "://" + host + (usual ? "" : ":" + toPort) + toPath + target.query();
  }

  @Override
  public String describe() {
    return "redirects with "
        + status
        + (scheme.isEmpty() ? "" : " to " + scheme)
        + (hostname.isEmpty() ? "" : " to host " + hostname)
        + (port == 0 ? "" : " to port " + port)
        + (path == null ? "" : "; " + path.describe());
  }
}
