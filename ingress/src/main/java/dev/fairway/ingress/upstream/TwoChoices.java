// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import org.jspecify.annotations.Nullable;

/** The cheaper one of two endpoints drawn by chance: near the best one, and never a stampede. */
final class TwoChoices implements Balancer {
  /** What it costs to send one more request to an endpoint. */
  interface Cost {
    double of(Endpoint endpoint, long nanoTime);
  }

  private final Cost cost;

  TwoChoices(Cost cost) {
    this.cost = cost;
  }

  @Override
  public @Nullable Endpoint pick(EndpointGroup group, Selection selection) {
    Endpoint first = group.draw(selection);
    if (first == null || group.size() == 1) {
      return first;
    }
    Endpoint second = group.draw(selection);
    for (int i = 0; i < 2 && second == first; i++) {
      second = group.draw(selection);
    }
    if (second == null || second == first) {
      return first;
    }
    long now = selection.nanoTime();
    return cost.of(second, now) < cost.of(first, now) ? second : first;
  }
}
