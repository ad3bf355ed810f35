// SPDX-License-Identifier: Apache-2.0
/**
 * A line for every request that is over, written without making anybody wait. Starting points:
 * {@link dev.fairway.ingress.accesslog.AccessLog}, {@link
 * dev.fairway.ingress.accesslog.AccessLogFormat}.
 */
@NullMarked
package dev.fairway.ingress.accesslog;

import org.jspecify.annotations.NullMarked;
