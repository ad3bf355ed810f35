// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.service.MaglevTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint of a group a key belongs to. Depends on addresses and ports only, so all replicas
 * agree. Immutable.
 */
interface HashTable {
  /** A prime, large enough for even shares of some hundred endpoints. */
  int MAGLEV_SLOTS = 65_537;

  /**
   * The index of an endpoint.
   *
   * @param attempt 0 for the owner of the key, more for those that take its place, in their order
   */
  int owner(long key, int attempt);

  /** The table that an algorithm needs, or null where it needs none or there is no endpoint. */
  static @Nullable HashTable of(Algorithm algorithm, List<Endpoint> endpoints) {
    if (endpoints.isEmpty()) {
      return null;
    }
    long[] ids = endpoints.stream().mapToLong(Endpoint::id).toArray();
    return switch (algorithm) {
      case RING_HASH -> new HashRing(ids);
      case MAGLEV -> MaglevTable.of(ids, MAGLEV_SLOTS)::owner;
      case ROUND_ROBIN, RANDOM, LEAST_REQUEST, EWMA -> null;
    };
  }
}
