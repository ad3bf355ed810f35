// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of rolling updates and of scaling, as Kubernetes does it: pure functions from the
 * sizes of ReplicaSets to their next sizes.
 */
final class RollingUpdatePlan {
  private RollingUpdatePlan() {}

  /**
   * The size of one ReplicaSet.
   *
   * @param created orders ReplicaSets by age, smaller is older
   * @param wanted spec.replicas
   * @param available status.availableReplicas
   * @param maxReplicas annotation deployment.kubernetes.io/max-replicas, 0 if absent
   * @param desired annotation deployment.kubernetes.io/desired-replicas, null if absent
   */
  record Size(
      String name,
      long created,
      int wanted,
      int available,
      int maxReplicas,
      @Nullable Integer desired) {

    /** Available pods that this ReplicaSet still wants to keep. */
    int keptAvailable() {
      return Math.min(available, wanted);
    }
  }

  /** How large the new ReplicaSet may be now. */
  static int newSize(RolloutBudget budget, List<Size> all, int current) {
    int existing = all.stream().mapToInt(Size::wanted).sum();
    if (current > budget.replicas()) {
      return budget.replicas();
    }
    if (current == budget.replicas() || existing >= budget.maxTotal()) {
      return current;
    }
    return current + Math.min(budget.maxTotal() - existing, budget.replicas() - current);
  }

  /**
   * The next sizes of the old ReplicaSets, for those that change: unhealthy pods go first, then as
   * many healthy ones as the budget allows, oldest ReplicaSet first.
   */
  static Map<String, Integer> oldSizes(RolloutBudget budget, List<Size> old, Size fresh) {
    int oldTotal = old.stream().mapToInt(Size::wanted).sum();
    if (oldTotal == 0) {
      return Map.of();
    }
    int notYetAvailable = fresh.wanted() - fresh.keptAvailable();
    int removable = oldTotal + fresh.wanted() - budget.minAvailable() - notYetAvailable;
    if (removable <= 0) {
      return Map.of();
    }
    List<Size> byAge = new ArrayList<>(old);
    byAge.sort(Comparator.comparingLong(Size::created).thenComparing(Size::name));
    Map<String, Integer> next = new LinkedHashMap<>();
    int removed = 0;
    for (Size size : byAge) {
      int unhealthy = Math.min(removable - removed, size.wanted() - size.keptAvailable());
      if (unhealthy > 0) {
        next.put(size.name(), size.wanted() - unhealthy);
        removed += unhealthy;
      }
    }
    int available = fresh.keptAvailable() + old.stream().mapToInt(Size::keptAvailable).sum();
    int spare = available - budget.minAvailable();
    for (Size size : byAge) {
      int left = next.getOrDefault(size.name(), size.wanted());
      int healthy = Math.min(spare, Math.min(left, size.keptAvailable()));
      if (healthy > 0) {
        next.put(size.name(), left - healthy);
        spare -= healthy;
      }
    }
    return next;
  }

  /**
   * The sizes after the Deployment was scaled: all of it to the one ReplicaSet that is in use, or,
   * in the middle of a rollout, to each in proportion to its size; what rounding leaves over goes
   * to the largest.
   *
   * @param fresh the ReplicaSet of the present template, or null
   * @param statusReplicas status.replicas of the Deployment
   */
  static Map<String, Integer> scale(
      RolloutBudget budget,
      boolean rolling,
      @Nullable Size fresh,
      List<Size> old,
      int statusReplicas) {
    Size only = activeOrLatest(fresh, old);
    if (only != null) {
      return Map.of(only.name(), budget.replicas());
    }
    if (fresh != null && isSaturated(budget, fresh)) {
      Map<String, Integer> next = new LinkedHashMap<>();
      old.stream().filter(s -> s.wanted() > 0).forEach(s -> next.put(s.name(), 0));
      return next;
    }
    return rolling ? proportional(budget, active(fresh, old), statusReplicas) : Map.of();
  }

  private static Map<String, Integer> proportional(
      RolloutBudget budget, List<Size> active, int statusReplicas) {
    int allowed = budget.replicas() > 0 ? budget.maxTotal() : 0;
    int toAdd = allowed - active.stream().mapToInt(Size::wanted).sum();
    Comparator<Size> byAge = Comparator.comparingLong(Size::created);
    List<Size> ordered = new ArrayList<>(active);
    ordered.sort(
        Comparator.comparingInt(Size::wanted)
            .reversed()
            .thenComparing(toAdd > 0 ? byAge.reversed() : byAge));
    Map<String, Integer> next = new LinkedHashMap<>();
    int added = 0;
    for (Size size : ordered) {
      int share = toAdd == 0 ? 0 : share(budget, size, toAdd, added, statusReplicas);
      next.put(size.name(), size.wanted() + share);
      added += share;
    }
    if (toAdd != 0 && !ordered.isEmpty()) {
      int leftover = toAdd - added;
      next.compute(
          ordered.getFirst().name(),
          (_, size) -> Math.max(0, Objects.requireNonNull(size) + leftover));
    }
    return next;
  }

  private static int share(
      RolloutBudget budget, Size size, int toAdd, int added, int statusReplicas) {
    if (size.wanted() == 0 || toAdd == added) {
      return 0;
    }
    int fraction = fraction(budget, size, statusReplicas);
    return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
  }

  private static int fraction(RolloutBudget budget, Size size, int statusReplicas) {
    if (budget.replicas() == 0) {
      return -size.wanted();
    }
    int before = size.maxReplicas() > 0 ? size.maxReplicas() : statusReplicas;
    if (before == 0) {
      return 0;
    }
    double exact = (double) size.wanted() * budget.maxTotal() / before;
    return (int) Math.round(exact) - size.wanted();
  }

  private static @Nullable Size activeOrLatest(@Nullable Size fresh, List<Size> old) {
    List<Size> active = active(fresh, old);
    if (active.size() == 1) {
      return active.getFirst();
    }
    if (active.size() > 1) {
      return null;
    }
    return fresh != null
        ? fresh
        : old.stream().max(Comparator.comparingLong(Size::created)).orElse(null);
  }

  private static List<Size> active(@Nullable Size fresh, List<Size> old) {
    List<Size> active = new ArrayList<>();
    for (Size size : old) {
      if (size.wanted() > 0) {
        active.add(size);
      }
    }
    if (fresh != null && fresh.wanted() > 0) {
      active.add(fresh);
    }
    return active;
  }

  private static boolean isSaturated(RolloutBudget budget, Size fresh) {
    Integer desired = fresh.desired();
    return desired != null
        && desired == budget.replicas()
        && fresh.wanted() == budget.replicas()
        && fresh.available() == budget.replicas();
  }
}
