// SPDX-License-Identifier: Apache-2.0
/**
 * What readers see: per resource a sorted snapshot of all objects and a bounded ring of recent
 * changes that watches read with a cursor of their own.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.watch.WatchCache}, {@link
 * dev.fairway.apiserver.watch.WatchCursor}, {@link dev.fairway.apiserver.watch.Selection}.
 */
@NullMarked
package dev.fairway.apiserver.watch;

import org.jspecify.annotations.NullMarked;
