// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.controller.deployment.RollingUpdatePlan.Size;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rolling updates with random budgets, interleavings and statuses that lag behind: never more pods
 * wanted than the surge allows, never fewer available than the budget demands, and an end.
 */
class RollingUpdateSimulationTest {
  private static final int ROUNDS = 200;
  private static final int STEPS = 4000;

  /** A ReplicaSet as the world has it, and as the API says. */
  private static final class Set {
    final String name;
    final long created;
    int wanted;
    int pending;
    int available;
    int reportedAvailable;

    Set(String name, long created, int size) {
      this.name = name;
      this.created = created;
      this.wanted = size;
      this.available = size;
      this.reportedAvailable = size;
    }

    /** What the ReplicaSet controller does: pods that are not ready go first. */
    void reconcile() {
      while (pending + available < wanted) {
        pending++;
      }
      while (pending + available > wanted) {
        if (pending > 0) {
          pending--;
        } else {
          available--;
        }
      }
    }

    Size size() {
      return new Size(name, created, wanted, reportedAvailable, 0, null);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void budgetHoldsAtEveryStepAndTheRolloutEnds(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      int replicas = 1 + random.nextInt(12);
      int surge = random.nextInt(4);
      int missing = surge == 0 ? 1 + random.nextInt(3) : random.nextInt(4);
      RolloutBudget budget = new RolloutBudget(replicas, surge, Math.min(missing, replicas));
      List<Set> sets = new ArrayList<>();
      int first = random.nextInt(replicas + 1);
      sets.add(new Set("older", 1, first));
      sets.add(new Set("old", 2, replicas - first));
      sets.add(new Set("new", 3, 0));
      String story = "seed=" + seed + " round=" + round + " " + budget;

      int steps = 0;
      while (!isDone(sets, replicas)) {
        assertThat(steps++).as(story).isLessThan(STEPS);
        step(random, budget, sets);
        int wanted = sets.stream().mapToInt(s -> s.wanted).sum();
        int available = sets.stream().mapToInt(s -> s.available).sum();
        assertThat(wanted).as(story).isLessThanOrEqualTo(budget.maxTotal());
        assertThat(available).as(story).isGreaterThanOrEqualTo(budget.minAvailable());
      }
    }
  }

  private static void step(Random random, RolloutBudget budget, List<Set> sets) {
    Set any = sets.get(random.nextInt(sets.size()));
    switch (random.nextInt(4)) {
      case 0 -> deploy(budget, sets);
      case 1 -> any.reconcile();
      case 2 -> any.reportedAvailable = any.available;
      default -> {
        if (any.pending > 0) {
          any.pending--;
          any.available++;
        }
      }
    }
  }

  private static void deploy(RolloutBudget budget, List<Set> sets) {
    Set fresh = sets.getLast();
    List<Size> sizes = sets.stream().map(Set::size).toList();
    int next = RollingUpdatePlan.newSize(budget, sizes, fresh.wanted);
    if (next != fresh.wanted) {
      fresh.wanted = next;
      return;
    }
    Map<String, Integer> old =
        RollingUpdatePlan.oldSizes(budget, sizes.subList(0, 2), fresh.size());
    for (Set set : sets) {
      set.wanted = old.getOrDefault(set.name, set.wanted);
    }
  }

  private static boolean isDone(List<Set> sets, int replicas) {
    return sets.getLast().available == replicas
        && sets.get(0).available == 0
        && sets.get(1).available == 0;
  }
}
