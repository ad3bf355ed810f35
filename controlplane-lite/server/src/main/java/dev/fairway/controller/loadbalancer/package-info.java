// SPDX-License-Identifier: Apache-2.0
/**
 * Gives LoadBalancer Services their addresses.
 *
 * <p>Starting points: {@link dev.fairway.controller.loadbalancer.LoadBalancerController}, {@link
 * dev.fairway.controller.loadbalancer.AddressPool}.
 */
@NullMarked
package dev.fairway.controller.loadbalancer;

import org.jspecify.annotations.NullMarked;
