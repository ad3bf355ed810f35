// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Changes header fields of the request. A Host that is set is what the backend gets.
 *
 * @param changes what is changed
 */
public record RequestHeaderModifier(HeaderChanges changes) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    changes.applyTo(request.head().fields());
    for (HeaderChanges.Header header : changes.set()) {
      if (header.name().equalsIgnoreCase("host")) {
        request.forwardHost(header.value());
      }
    }
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "request header fields: " + changes.describe();
  }
}
