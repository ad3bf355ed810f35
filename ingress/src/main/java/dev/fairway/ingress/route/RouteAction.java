// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.List;

/** What a route does with a request. */
public sealed interface RouteAction {

  /** Sends the request to one of the backends, chosen by weight. */
  record Forward(List<BackendRef> backends) implements RouteAction {
    public Forward {
      backends = List.copyOf(backends);
      if (backends.isEmpty()) {
        throw new IllegalArgumentException("a forwarding route needs a backend");
      }
    }
  }

  /**
   * Answers with a fixed status.
   *
   * @param reason one line for the body of the answer; must not carry user input
   */
  record Respond(int status, String reason) implements RouteAction {}
}
