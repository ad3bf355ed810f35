// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;

/**
 * Changes where the backend redirects to.
 *
 * @param from what a Location begins with
 * @param to what it begins with instead
 */
public record LocationRewrite(String from, VariableText to) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    request.onResponse(response -> {
      String location = response.fields().get(Field.LOCATION);
      if (location != null && location.startsWith(from)) {
        String rest = location.substring(from.length());
        response.fields().set(Field.LOCATION, to.renderUri(request) + rest);
      }
    });
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "redirects of the backend to " + from + " go to " + to.source();
  }
}
