// SPDX-License-Identifier: Apache-2.0
/**
 * Rolls Deployments out: one ReplicaSet per pod template, scaled against each other within the
 * rollout's budget.
 *
 * <p>Starting points: {@link dev.fairway.controller.deployment.DeploymentController}, {@link
 * dev.fairway.controller.deployment.RollingUpdatePlan}, {@link
 * dev.fairway.controller.deployment.DeploymentStatus}.
 */
@NullMarked
package dev.fairway.controller.deployment;

import org.jspecify.annotations.NullMarked;
