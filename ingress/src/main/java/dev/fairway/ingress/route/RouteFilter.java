// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * A step between the match of a route and its action. Immutable and shared by all requests; filters
 * that are configured alike are equal, so that a compilation can be compared with the one before.
 */
public interface RouteFilter {
  /** What becomes of the request. */
  enum Outcome {
    /** The next step may begin. */
    CONTINUE,
    /** The request was answered. */
    ANSWERED,
    /** Something else has to happen first; {@link RequestContext#proceed} goes on. */
    PENDING
  }

  /** Looks at, changes or answers a request. On the event loop of the client; must not block. */
  Outcome onRequest(RequestContext request);

  /** What the filter does, in words, for {@code fairway explain}. */
  String describe();
}
