// SPDX-License-Identifier: Apache-2.0
/**
 * What HTTP/2 and HTTP/3 have in common: header sections in both directions, checked as strictly as
 * HTTP/1.1 is, and the guards against floods. Starting points: {@link
 * dev.fairway.ingress.http2.FieldSection}, {@link dev.fairway.ingress.http2.FieldWriter}.
 */
@NullMarked
package dev.fairway.ingress.http2;

import org.jspecify.annotations.NullMarked;
