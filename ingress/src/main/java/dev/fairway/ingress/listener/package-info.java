// SPDX-License-Identifier: Apache-2.0
/**
 * The client side: accepts connections, reads requests one at a time and in order, finds their
 * route and streams them to an endpoint and the response back. Starting points: {@link
 * dev.fairway.ingress.listener.GatewayServer}, {@link
 * dev.fairway.ingress.listener.DownstreamConnection}, {@link
 * dev.fairway.ingress.listener.Exchange}.
 */
@NullMarked
package dev.fairway.ingress.listener;

import org.jspecify.annotations.NullMarked;
