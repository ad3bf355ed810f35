// SPDX-License-Identifier: Apache-2.0
/**
 * The compiled, immutable routes: which action answers a request with a given host and path. Pure
 * and free of sockets and of Kubernetes records. Starting points: {@link
 * dev.fairway.ingress.route.RouteTable}, {@link dev.fairway.ingress.route.RequestTarget}.
 */
@NullMarked
package dev.fairway.ingress.route;

import org.jspecify.annotations.NullMarked;
