// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Endpoints in turn, one turn for all event loops. */
final class RoundRobin implements Balancer {
  private final AtomicInteger cursor;

  RoundRobin(long seed) {
    cursor = new AtomicInteger((int) (seed >>> 33));
  }

  @Override
  public @Nullable Endpoint pick(EndpointGroup group, Selection selection) {
    int at = 0;
    // A step for each endpoint that is passed over: the one behind it is not chosen more often.
    for (int i = 0; i < group.size(); i++) {
      at = Math.floorMod(cursor.getAndIncrement(), group.size());
      if (selection.accepts(group.get(at))) {
        return group.get(at);
      }
    }
    // Other threads may have taken the steps that led to the only acceptable one.
    return group.from(at, selection);
  }
}
