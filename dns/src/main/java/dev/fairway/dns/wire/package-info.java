// SPDX-License-Identifier: Apache-2.0
/**
 * The DNS wire format: a query parser and a response writer that allocate nothing, and a walker for
 * upstream messages. The only package that knows dnsjava, which it uses to expand compressed
 * upstream records. Starting points: {@link dev.fairway.dns.wire.Query} and {@link
 * dev.fairway.dns.wire.ResponseWriter}.
 */
@NullMarked
package dev.fairway.dns.wire;

import org.jspecify.annotations.NullMarked;
