// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.IntOrString;
import org.jspecify.annotations.Nullable;

/**
 * How far a rollout may leave the wanted number of pods.
 *
 * @param replicas wanted pods
 * @param maxSurge pods that may exist on top
 * @param maxUnavailable pods that may be missing
 */
record RolloutBudget(int replicas, int maxSurge, int maxUnavailable) {
  private static final IntOrString DEFAULT = IntOrString.of("25%");

  /** The budget of a Deployment: percentages of surge round up, of unavailability down. */
  static RolloutBudget of(Deployment deployment) {
    int replicas = Deployments.replicas(deployment);
    if (Deployments.isRecreate(deployment)) {
      return new RolloutBudget(replicas, 0, 0);
    }
    Deployment.Strategy strategy = deployment.spec().strategy();
    Deployment.RollingUpdate rolling = strategy == null ? null : strategy.rollingUpdate();
    return of(
        replicas,
        rolling == null ? null : rolling.maxSurge(),
        rolling == null ? null : rolling.maxUnavailable());
  }

  /** Resolves the two limits; if both come out as 0, one pod may be unavailable. */
  static RolloutBudget of(
      int replicas, @Nullable IntOrString maxSurge, @Nullable IntOrString maxUnavailable) {
    int surge = resolve(maxSurge == null ? DEFAULT : maxSurge, replicas, true);
    int unavailable = resolve(maxUnavailable == null ? DEFAULT : maxUnavailable, replicas, false);
    if (surge == 0 && unavailable == 0) {
      unavailable = 1;
    }
    return new RolloutBudget(replicas, surge, Math.min(unavailable, replicas));
  }

  /** The fewest pods that must be available. */
  int minAvailable() {
    return replicas - maxUnavailable;
  }

  /** The most pods that may exist. */
  int maxTotal() {
    return replicas + maxSurge;
  }

  private static int resolve(IntOrString value, int total, boolean up) {
    String text = value.text();
    if (text == null) {
      return Math.max(0, value.number());
    }
    try {
      long percent = Long.parseLong(text.endsWith("%") ? text.substring(0, text.length() - 1) : "");
      long hundredths = percent * total;
      return Math.clamp(up ? Math.ceilDiv(hundredths, 100L) : hundredths / 100, 0, 1 << 30);
    } catch (NumberFormatException e) {
      return 0; // the API refuses such a value
    }
  }
}
