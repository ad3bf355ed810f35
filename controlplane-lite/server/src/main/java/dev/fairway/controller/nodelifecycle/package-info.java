// SPDX-License-Identifier: Apache-2.0
/**
 * Notices nodes that fall silent, taints them and moves their pods away.
 *
 * <p>Starting points: {@link dev.fairway.controller.nodelifecycle.NodeLifecycleController}, {@link
 * dev.fairway.controller.nodelifecycle.NodeHealth}, {@link
 * dev.fairway.controller.nodelifecycle.Evictions}.
 */
@NullMarked
package dev.fairway.controller.nodelifecycle;

import org.jspecify.annotations.NullMarked;
