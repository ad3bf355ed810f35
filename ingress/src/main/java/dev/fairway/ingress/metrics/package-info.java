// SPDX-License-Identifier: Apache-2.0
/**
 * What the gateway counts, as Prometheus reads it. Starting point: {@link
 * dev.fairway.ingress.metrics.GatewayMetrics}.
 */
@NullMarked
package dev.fairway.ingress.metrics;

import org.jspecify.annotations.NullMarked;
