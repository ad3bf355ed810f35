// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;

/**
 * Sends a copy of a share of the requests to another backend, whose responses are ignored.
 *
 * @param numerator so many of {@code denominator} requests are copied
 */
public record RequestMirror(UpstreamSpec upstream, int numerator, int denominator)
    implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    if (numerator >= denominator || request.chance(denominator) < numerator) {
      request.mirror(upstream);
    }
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "copies " + numerator + " of " + denominator + " requests to " + upstream;
  }
}
