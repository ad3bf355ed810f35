// SPDX-License-Identifier: Apache-2.0
/**
 * The place of requests in traces (W3C Trace Context, level 1): what clients say of it, what
 * backends are told, which requests are sampled. Starting points: {@link
 * dev.fairway.ingress.trace.Tracer}, {@link dev.fairway.ingress.trace.RequestTrace}.
 */
@NullMarked
package dev.fairway.ingress.trace;

import org.jspecify.annotations.NullMarked;
