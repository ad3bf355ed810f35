// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP/1.1 messages on the wire (RFC 9112), strict: what could be read in two ways is refused.
 * Starting points: {@link dev.fairway.ingress.http1.RequestReader}, {@link
 * dev.fairway.ingress.http1.ResponseReader}, {@link dev.fairway.ingress.http1.HttpFields}.
 */
@NullMarked
package dev.fairway.ingress.http1;

import org.jspecify.annotations.NullMarked;
