// SPDX-License-Identifier: Apache-2.0
/**
 * UDP in batches, without an object for each datagram: recvmmsg and sendmmsg on arrays outside the
 * heap, on Netty's event loops. Linux on 64-bit machines only; others use Netty's own datagram
 * channel. Starting point: {@link dev.fairway.dns.server.batch.BatchSocket}.
 */
@NullMarked
package dev.fairway.dns.server.batch;

import org.jspecify.annotations.NullMarked;
