// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Counts who needs something. Not thread-safe. */
final class Uses<T> {
  private final Map<T, Integer> counts = new HashMap<>();
  private Set<T> present = Set.of();
  private boolean outdated;

  void add(Collection<T> needed) {
    for (T one : needed) {
      outdated |= counts.merge(one, 1, Integer::sum) == 1;
    }
  }

  void remove(Collection<T> released) {
    for (T one : released) {
      outdated |= counts.computeIfPresent(one, (_, n) -> n == 1 ? null : n - 1) == null;
    }
  }

  /** What somebody needs; the same object as long as nothing came or went. */
  Set<T> present() {
    if (outdated) {
      present = Set.copyOf(counts.keySet());
      outdated = false;
    }
    return present;
  }
}
