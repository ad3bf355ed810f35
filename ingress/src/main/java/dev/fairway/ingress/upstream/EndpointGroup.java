// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import java.util.List;

/** The endpoints of an upstream that take requests now. Immutable. */
final class EndpointGroup {
  /** Whether the upstream can take requests, and if not, why. */
  enum State {
    AVAILABLE,
    SERVICE_NOT_FOUND,
    PORT_NOT_FOUND,
    NO_ENDPOINTS
  }

  private final State state;
  private final Endpoint[] endpoints;

  private EndpointGroup(State state, Endpoint[] endpoints) {
    this.state = state;
    this.endpoints = endpoints;
  }

  static EndpointGroup of(List<Endpoint> endpoints) {
    return endpoints.isEmpty()
        ? unavailable(State.NO_ENDPOINTS)
        : new EndpointGroup(State.AVAILABLE, endpoints.toArray(Endpoint[]::new));
  }

  static EndpointGroup unavailable(State state) {
    return new EndpointGroup(state, new Endpoint[0]);
  }

  State state() {
    return state;
  }

  int size() {
    return endpoints.length;
  }

  Endpoint get(int i) {
    return endpoints[i];
  }
}
