// SPDX-License-Identifier: Apache-2.0
/**
 * The backend side: which endpoint a request goes to, by what is known of each, and the connections
 * to endpoints, one pool per event loop. Starting points: {@link
 * dev.fairway.ingress.upstream.UpstreamRegistry} and {@link dev.fairway.ingress.upstream.Upstream}
 * (choice: Balancer, Outliers, WaitingLine, HealthChecker), {@link
 * dev.fairway.ingress.upstream.UpstreamPools} and {@link
 * dev.fairway.ingress.upstream.UpstreamConnection} (connections).
 */
@NullMarked
package dev.fairway.ingress.upstream;

import org.jspecify.annotations.NullMarked;
