// SPDX-License-Identifier: Apache-2.0
/**
 * Binds pods to nodes.
 *
 * <p>Starting points: {@link dev.fairway.scheduler.Scheduler}, {@link
 * dev.fairway.scheduler.Placement}, {@link dev.fairway.scheduler.NodeFilters}.
 */
@NullMarked
package dev.fairway.scheduler;

import org.jspecify.annotations.NullMarked;
