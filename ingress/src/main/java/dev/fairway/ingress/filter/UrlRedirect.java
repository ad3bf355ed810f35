// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;

/**
 * Sends every request elsewhere.
 *
 * @param status from 300 to 308
 * @param location a URL, or a path that begins with a slash
 */
public record UrlRedirect(int status, VariableText location) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    String target = location.renderUri(request);
    request.answer(status, "redirected", fields -> fields.add(Field.LOCATION, target));
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "every request is answered with " + status + " to " + location.source();
  }
}
