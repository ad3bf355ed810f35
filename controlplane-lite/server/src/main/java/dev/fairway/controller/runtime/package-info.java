// SPDX-License-Identifier: Apache-2.0
/**
 * What every controller stands on: a keyed work queue, the loop that feeds a reconciler from it,
 * one shared informer per kind with indexes, reads that include our own writes, and Events.
 *
 * <p>Starting points: {@link dev.fairway.controller.runtime.Reconciler}, {@link
 * dev.fairway.controller.runtime.WorkQueue}, {@link
 * dev.fairway.controller.runtime.SharedInformers}.
 */
@NullMarked
package dev.fairway.controller.runtime;

import org.jspecify.annotations.NullMarked;
