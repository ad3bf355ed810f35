// SPDX-License-Identifier: Apache-2.0
/**
 * Deletes what nobody owns any more: dependents of deleted owners, pods of nodes that are gone and
 * old finished pods.
 *
 * <p>Starting points: {@link dev.fairway.controller.gc.GarbageCollector}, {@link
 * dev.fairway.controller.gc.OwnerGraph}, {@link dev.fairway.controller.gc.PodCollector}.
 */
@NullMarked
package dev.fairway.controller.gc;

import org.jspecify.annotations.NullMarked;
