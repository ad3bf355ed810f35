// SPDX-License-Identifier: Apache-2.0
/**
 * What the gateway changes in the header fields that pass it. Starting points: {@link
 * dev.fairway.ingress.filter.RequestFields}, {@link dev.fairway.ingress.filter.ResponseFields}.
 */
@NullMarked
package dev.fairway.ingress.filter;

import org.jspecify.annotations.NullMarked;
