// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteFilter;
import org.jspecify.annotations.Nullable;

/**
 * Changes the URL that the backend gets to see.
 *
 * @param hostname "" for that of the request
 * @param path null for that of the request
 */
public record UrlRewrite(String hostname, @Nullable PathChange path) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    if (!hostname.isEmpty()) {
      request.forwardHost(hostname);
    }
    if (path != null) {
      RequestTarget target = request.target();
      request.forwardTarget(path.apply(target.path()) + target.query());
    }
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "rewrites"
        + (hostname.isEmpty() ? "" : " the host to " + hostname)
        + (path == null ? "" : "; " + path.describe());
  }
}
