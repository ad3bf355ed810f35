// SPDX-License-Identifier: Apache-2.0
/**
 * What every program says of itself to Prometheus is written here. Starting points: {@link
 * dev.fairway.service.metrics.MetricsText}.
 */
@NullMarked
package dev.fairway.service.metrics;

import org.jspecify.annotations.NullMarked;
