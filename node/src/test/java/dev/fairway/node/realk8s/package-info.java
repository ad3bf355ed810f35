// SPDX-License-Identifier: Apache-2.0
/**
 * {@code fairway node} in kube-proxy's place on the nodes of a real cluster, with real pods. Runs
 * only where it is asked for (see {@code node/README.md}).
 *
 * <p>Starting points: {@link dev.fairway.node.realk8s.RealCluster} starts and stops the cluster and
 * the daemons, {@link dev.fairway.node.realk8s.Prober} is the client that runs in pods, on nodes
 * and outside of the cluster.
 */
@NullMarked
package dev.fairway.node.realk8s;

import org.jspecify.annotations.NullMarked;
