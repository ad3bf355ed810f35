// SPDX-License-Identifier: Apache-2.0
/**
 * A whole cluster in one process: the state directory with its lock and status file, the order in
 * which the parts start and stop, further nodes as processes, the detached start and {@code down}.
 *
 * <p>Starting points: {@link dev.fairway.node.cluster.Cluster}, {@link
 * dev.fairway.node.cluster.StateDir}, {@link dev.fairway.node.cluster.ClusterStop}.
 */
@NullMarked
package dev.fairway.node.cluster;

import org.jspecify.annotations.NullMarked;
