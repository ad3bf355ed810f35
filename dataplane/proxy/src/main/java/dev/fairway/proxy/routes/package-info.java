// SPDX-License-Identifier: Apache-2.0
/**
 * Makes addresses of Services local to the machine, so that packets to them reach its sockets: one
 * route of type local for each address, written through rtnetlink.
 *
 * <p>Starting points: {@link dev.fairway.proxy.routes.RoutedProxier} (a proxier with routes around
 * it), {@link dev.fairway.proxy.routes.VipRoutes} (which addresses), {@link
 * dev.fairway.proxy.routes.RouteSocket} (how the kernel is told).
 */
@NullMarked
package dev.fairway.proxy.routes;

import org.jspecify.annotations.NullMarked;
