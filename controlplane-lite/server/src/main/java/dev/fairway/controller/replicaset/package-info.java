// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps as many pods as a ReplicaSet asks for.
 *
 * <p>Starting points: {@link dev.fairway.controller.replicaset.ReplicaSetController}, {@link
 * dev.fairway.controller.replicaset.DeletionOrder}.
 */
@NullMarked
package dev.fairway.controller.replicaset;

import org.jspecify.annotations.NullMarked;
