// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter.Outcome;

/** One decision about one request, that may take its time. Confined to its event loop. */
final class AccessRun implements AccessCheck.Verdict {
  private final RequestContext request;
  private Outcome decided = Outcome.PENDING;
  private boolean pending;

  AccessRun(RequestContext request) {
    this.request = request;
  }

  @Override
  public void admit() {
    decided = Outcome.CONTINUE;
    if (pending) {
      request.proceed();
    }
  }

  @Override
  public void refuse(Runnable answer) {
    decided = Outcome.ANSWERED;
    answer.run();
  }

  /** What is known when the check returns; from now on a decision goes on with the request. */
  Outcome outcome() {
    pending = decided == Outcome.PENDING;
    return decided;
  }
}
