// SPDX-License-Identifier: Apache-2.0
/**
 * What becomes known of requests when they are over, for those who count or write it down. Starting
 * points: {@link dev.fairway.ingress.observe.RequestObserver}, {@link
 * dev.fairway.ingress.observe.ServedRequest}.
 */
@NullMarked
package dev.fairway.ingress.observe;

import org.jspecify.annotations.NullMarked;
