// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.Hashes;
import org.jspecify.annotations.Nullable;

/**
 * The acceptable endpoint with the highest hash together with the key. Needs no table, so any
 * upstream can serve a request that brings a key; linear in the number of endpoints.
 */
final class Rendezvous implements Balancer {
  @Override
  public @Nullable Endpoint pick(EndpointGroup group, Selection selection) {
    Endpoint best = null;
    long bestHash = 0;
    for (int i = 0; i < group.size(); i++) {
      Endpoint candidate = group.get(i);
      long hash = Hashes.mix(candidate.id() ^ selection.key());
      if ((best == null || Long.compareUnsigned(hash, bestHash) > 0)
          && selection.accepts(candidate)) {
        best = candidate;
        bestHash = hash;
      }
    }
    return best;
  }
}
