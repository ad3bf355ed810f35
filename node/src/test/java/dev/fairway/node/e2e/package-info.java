// SPDX-License-Identifier: Apache-2.0
/**
 * The product as its users meet it: the packaged command, the real {@code kubectl}, real requests.
 *
 * <p>Starting points: {@link dev.fairway.node.e2e.TestCluster} starts and stops a cluster, {@link
 * dev.fairway.node.e2e.Load} is the client that counts lost requests.
 */
@NullMarked
package dev.fairway.node.e2e;

import org.jspecify.annotations.NullMarked;
