// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Changes header fields of the response.
 *
 * @param changes what is changed
 */
public record ResponseHeaderModifier(HeaderChanges changes) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    request.onResponse(response -> changes.applyTo(response.fields()));
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "response header fields: " + changes.describe();
  }
}
