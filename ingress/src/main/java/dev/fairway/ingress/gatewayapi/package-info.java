// SPDX-License-Identifier: Apache-2.0
/**
 * The Gateway API at work: objects are watched as soon as their kinds are installed, each Gateway
 * gets an address, its ports are bound and unbound as Gateways come and go, and the leader writes
 * what became of each object into its status. Starting points: {@link
 * dev.fairway.ingress.gatewayapi.GatewayController}, {@link
 * dev.fairway.ingress.gatewayapi.GatewayFeed}.
 */
@NullMarked
package dev.fairway.ingress.gatewayapi;

import org.jspecify.annotations.NullMarked;
