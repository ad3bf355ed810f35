// SPDX-License-Identifier: Apache-2.0
/**
 * The backend side: which endpoint a request goes to, and the keep-alive connections to endpoints,
 * one pool per event loop. Starting points: {@link dev.fairway.ingress.upstream.UpstreamRegistry},
 * {@link dev.fairway.ingress.upstream.UpstreamPools}, {@link
 * dev.fairway.ingress.upstream.UpstreamConnection}.
 */
@NullMarked
package dev.fairway.ingress.upstream;

import org.jspecify.annotations.NullMarked;
