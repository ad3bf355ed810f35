// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.controller.deployment.RollingUpdatePlan.Size;
import dev.fairway.kube.api.IntOrString;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers of Kubernetes' own tests (deployment/rolling_test.go, sync_test.go, util). */
class RollingUpdatePlanTest {

  @ParameterizedTest(name = "{0} replicas, surge {1}, unavailable {2}")
  @CsvSource({
    "10, 0,    0,    0, 1",
    "10, 2,    0,    2, 0",
    "10, 30%,  20%,  3, 2",
    "10, 25%,  25%,  3, 2",
    "1,  25%,  25%,  1, 0",
    "3,  25%,  25%,  1, 0",
    "4,  25%,  25%,  1, 1",
    "3,  0,    10%,  0, 1",
    "2,  0,    100%, 0, 2",
    "2,  0,    5,    0, 2",
    "0,  25%,  25%,  0, 0",
    "1,  100%, 0,    1, 0",
  })
  void budgetRoundsSurgeUpAndUnavailableDown(
      int replicas, String surge, String unavailable, int expectedSurge, int expectedMissing) {
    RolloutBudget budget = RolloutBudget.of(replicas, limit(surge), limit(unavailable));

    assertThat(budget).isEqualTo(new RolloutBudget(replicas, expectedSurge, expectedMissing));
  }

  @ParameterizedTest(name = "{0} replicas, surge {1}, old {2}, new {3} -> {4}")
  @CsvSource({
    // TestDeploymentController_reconcileNewReplicaSet
    "10, 0, 10, 0, 0",
    "10, 2, 10, 0, 2",
    "10, 2, 5, 0, 7",
    "10, 2, 10, 2, 2",
    "10, 2, 2, 11, 10",
    "10, 0, 0, 0, 10",
  })
  void newReplicaSetGrowsWithinTheSurge(int replicas, int surge, int old, int fresh, int expected) {
    RolloutBudget budget = new RolloutBudget(replicas, surge, 0);

    assertThat(
            RollingUpdatePlan.newSize(
                budget, List.of(size("old", 1, old, old), size("new", 2, fresh, fresh)), fresh))
        .isEqualTo(expected);
  }

  @ParameterizedTest(
      name = "{0} replicas, unavailable {1}, old {2} ({3} available), new {4} ({5}) -> {6}")
  @CsvSource({
    // TestDeploymentController_reconcileOldReplicaSets
    "10, 0, 10, 10, 0, 0, 10",
    "10, 2, 10, 10, 0, 0, 8",
    "10, 2, 10, 8, 0, 0, 8",
    "10, 2, 10, 9, 0, 0, 8",
    "10, 2, 8, 8, 2, 0, 8",
    "10, 2, 8, 8, 2, 2, 6",
    // the new pods are down: only what stays within the budget without them
    "10, 2, 8, 8, 4, 0, 8",
  })
  void oldReplicaSetsShrinkWithinTheBudget(
      int replicas,
      int unavailable,
      int old,
      int oldAvailable,
      int fresh,
      int freshAvailable,
      int expected) {
    RolloutBudget budget = new RolloutBudget(replicas, 2, unavailable);

    Map<String, Integer> next =
        RollingUpdatePlan.oldSizes(
            budget,
            List.of(size("old", 1, old, oldAvailable)),
            size("new", 2, fresh, freshAvailable));

    assertThat(next.getOrDefault("old", old)).isEqualTo(expected);
  }

  @Test
  void unhealthyPodsGoFirstAndTheOldestReplicaSetFirst() {
    RolloutBudget budget = new RolloutBudget(10, 0, 4);

    Map<String, Integer> next =
        RollingUpdatePlan.oldSizes(
            budget, List.of(size("older", 1, 3, 3), size("sick", 2, 7, 5)), size("new", 3, 0, 0));

    // 4 may go: the 2 sick ones, then 2 healthy ones of the oldest
    assertThat(next).containsExactlyInAnyOrderEntriesOf(Map.of("sick", 5, "older", 1));
  }

  @Test
  void statusThatLagsBehindAScaleDownCountsForNothing() {
    RolloutBudget budget = new RolloutBudget(10, 3, 2);

    // spec says 8, status still shows the 10 that were available before
    Map<String, Integer> next =
        RollingUpdatePlan.oldSizes(budget, List.of(size("old", 1, 8, 10)), size("new", 2, 3, 0));

    assertThat(next).isEmpty();
  }

  /** TestScale in sync_test.go: sizes before and after, old ReplicaSets from young to old. */
  @ParameterizedTest(name = "{0}: {1} -> {2} replicas, new {3}, old {4} -> new {5}, old {6}")
  @CsvSource(
      delimiter = '|',
      value = {
        "normal scaling up       | 10 | 12 | 10 | -    | 12 | -",
        "normal scaling down     | 10 | 5  | 10 | -    | 5  | -",
        "proportional up         | 10 | 12 | 5  | 5    | 6  | 6",
        "proportional down       | 10 | 6  | 5  | 5    | 3  | 3",
        "straight up             | 10 | 20 | -  | 5,5  | -  | 10,10",
        "straight down           | 10 | 3  | -  | 5,5  | -  | 2,1",
        "three up from 8         | 8  | 20 | -  | 5,2,1| -  | 13,5,2",
        "three, new one grows    | 20 | 28 | 5  | 8,7  | 7  | 11,10",
        "to zero and beyond      | 10 | 0  | 4  | 6    | 0  | 0",
      })
  void scalingInTheMiddleOfARolloutIsProportional(
      String name,
      int before,
      int after,
      String fresh,
      String old,
      String newFresh,
      String newOld) {
    RolloutBudget budget = new RolloutBudget(after, 0, 0);
    @Nullable Size newSet =
        fresh.equals("-") ? null : scaled("new", 9, Integer.parseInt(fresh), before);
    List<Size> oldSets = new java.util.ArrayList<>();
    String[] sizes = old.equals("-") ? new String[0] : old.split(",");
    for (int i = 0; i < sizes.length; i++) {
      oldSets.add(scaled("old" + i, 8 - i, Integer.parseInt(sizes[i].strip()), before));
    }

    Map<String, Integer> next = RollingUpdatePlan.scale(budget, true, newSet, oldSets, before);

    if (newSet != null) {
      assertThat(next.get("new")).as(name).isEqualTo(Integer.parseInt(newFresh));
    }
    String[] expected = newOld.equals("-") ? new String[0] : newOld.split(",");
    for (int i = 0; i < expected.length; i++) {
      assertThat(next.get("old" + i)).as(name).isEqualTo(Integer.parseInt(expected[i].strip()));
    }
  }

  @Test
  void saturatedNewReplicaSetLeavesNothingToTheOldOnes() {
    RolloutBudget budget = new RolloutBudget(5, 1, 1);
    Size fresh = new Size("new", 2, 5, 5, 6, 5);

    assertThat(RollingUpdatePlan.scale(budget, true, fresh, List.of(size("old", 1, 2, 2)), 7))
        .isEqualTo(Map.of("old", 0));
  }

  private static Size size(String name, long created, int wanted, int available) {
    return new Size(name, created, wanted, available, 0, null);
  }

  private static Size scaled(String name, long created, int wanted, int before) {
    return new Size(name, created, wanted, wanted, before, before);
  }

  private static IntOrString limit(String text) {
    return text.endsWith("%") ? IntOrString.of(text) : IntOrString.of(Integer.parseInt(text));
  }
}
