// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Puts the conditions we found together with those that an object has. */
final class Conditions {
  private Conditions() {}

  /**
   * Ours, with the time at which each last changed, and behind them those of other types that
   * somebody else wrote.
   *
   * @param ownTypes types that only we write: absent ones are taken away
   */
  static List<Condition> merge(
      List<Condition> present, List<Condition> ours, Set<String> ownTypes, Instant now) {
    List<Condition> merged = new ArrayList<>();
    for (Condition condition : ours) {
      Instant since = now;
      for (Condition before : present) {
        if (before.type().equals(condition.type())
            && before.status().equals(condition.status())
            && before.lastTransitionTime() != null) {
          since = before.lastTransitionTime();
        }
      }
      merged.add(
          new Condition(
              condition.type(),
              condition.status(),
              condition.reason(),
              condition.message(),
              since,
              null,
              null,
              condition.observedGeneration()));
    }
    for (Condition before : present) {
      if (!ownTypes.contains(before.type())
          && merged.stream().noneMatch(c -> c.type().equals(before.type()))) {
        merged.add(before);
      }
    }
    return merged;
  }
}
