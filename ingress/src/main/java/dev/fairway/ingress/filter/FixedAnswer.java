// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Answers every request; closes a path whose protection is not what its owner meant it to be.
 *
 * @param reason one line for the body of the answer; must not carry user input
 */
public record FixedAnswer(int status, String reason) implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    request.answer(status, reason);
    return Outcome.ANSWERED;
  }

  @Override
  public String describe() {
    return "every request is answered with " + status + ": " + reason;
  }
}
