// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.Balancing;
import org.jspecify.annotations.Nullable;

/** Chooses among the endpoints that a selection accepts. Thread-safe; allocates nothing. */
interface Balancer {
  /**
   * Chooses an endpoint of a group that is not empty.
   *
   * @return null where the selection accepts none
   */
  @Nullable Endpoint pick(EndpointGroup group, Selection selection);

  /**
   * The balancer that chooses so.
   *
   * @param seed where the turn begins, so that not every gateway begins at the same endpoint
   */
  static Balancer of(Balancing balancing, long seed) {
    return switch (balancing.algorithm()) {
      case ROUND_ROBIN -> new RoundRobin(seed);
      case RANDOM -> EndpointGroup::draw;
      case LEAST_REQUEST -> new TwoChoices((endpoint, _) -> endpoint.load());
      case EWMA ->
          new TwoChoices((endpoint, now) -> endpoint.latency().get(now) * (endpoint.load() + 1.0));
      case RING_HASH, MAGLEV -> new ConsistentHash(balancing.subset());
    };
  }
}
