// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;

/**
 * Gives the backend another Host than the client named.
 *
 * @param authority must render to a valid host with an optional port
 */
public record HostOverride(VariableText authority) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    request.forwardHost(authority.render(request));
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "the backend gets the Host " + authority.source();
  }
}
