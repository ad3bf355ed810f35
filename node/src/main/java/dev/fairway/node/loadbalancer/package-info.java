// SPDX-License-Identifier: Apache-2.0
/**
 * LoadBalancer addresses without a cloud: the nodes agree through Leases which of them lives, one
 * of them gives Services their addresses, and for each address one answers in the local network.
 *
 * <p>Starting points: {@link dev.fairway.node.loadbalancer.LoadBalancing} (ties the parts
 * together), {@link dev.fairway.node.loadbalancer.Ownership} (which node has an address), {@link
 * dev.fairway.node.loadbalancer.Announcer} (what the network is told).
 */
@NullMarked
package dev.fairway.node.loadbalancer;

import org.jspecify.annotations.NullMarked;
