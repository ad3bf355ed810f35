// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Decides whether a request may pass. The path of ACME's challenge passes always. Immutable, like
 * every filter.
 */
interface AccessCheck extends RouteFilter {
  /** Takes one decision, on the event loop of the request. */
  interface Verdict {
    /** The request may pass. */
    void admit();

    /**
     * The request may not pass.
     *
     * @param answer answers it; not called where another check lets the request pass
     */
    void refuse(Runnable answer);
  }

  /** Decides, now or later. */
  void decide(RequestContext request, Verdict verdict);

  @Override
  default Outcome onRequest(RequestContext request) {
    if (AcmeChallenge.isPath(request.target().path())) {
      return Outcome.CONTINUE;
    }
    AccessRun run = new AccessRun(request);
    decide(request, run);
    return run.outcome();
  }
}
