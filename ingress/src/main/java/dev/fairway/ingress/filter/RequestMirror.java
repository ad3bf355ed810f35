// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VariableText;
import org.jspecify.annotations.Nullable;

/**
 * Sends a copy of a share of the requests to another backend, whose responses are ignored.
 *
 * @param host of the copies, or null for that of the request
 * @param numerator so many of {@code denominator} requests are copied
 */
public record RequestMirror(
    UpstreamSpec upstream, @Nullable VariableText host, int numerator, int denominator)
    implements RouteFilter {
  /** Copies with the Host of the request. */
  public RequestMirror(UpstreamSpec upstream, int numerator, int denominator) {
    this(upstream, null, numerator, denominator);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    if (numerator >= denominator || request.chance(denominator) < numerator) {
      request.mirror(upstream, host == null ? null : host.render(request));
    }
    return Outcome.CONTINUE;
  }

  @Override
  public String describe() {
    return "copies " + numerator + " of " + denominator + " requests to " + upstream;
  }
}
