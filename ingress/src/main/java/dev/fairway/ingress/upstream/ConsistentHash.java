// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.HashKey;
import org.jspecify.annotations.Nullable;

/** The endpoint that the request's key belongs to; any one where the request has no key. */
final class ConsistentHash implements Balancer {
  /** Where so many places in a row belong to endpoints that are not acceptable, any other does. */
  private static final int MAX_ATTEMPTS = 32;

  @Override
  public @Nullable Endpoint pick(EndpointGroup group, Selection selection) {
    HashTable table = group.table();
    if (selection.key() == HashKey.NONE || table == null) {
      return group.draw(selection);
    }
    int owner = 0;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      owner = table.owner(selection.key(), attempt);
      if (selection.accepts(group.get(owner))) {
        return group.get(owner);
      }
    }
    return group.from(owner, selection);
  }
}
