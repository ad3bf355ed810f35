// SPDX-License-Identifier: Apache-2.0
/**
 * UDP and TCP on Netty: one datagram socket for each event loop (SO_REUSEPORT), batches where the
 * kernel has them, pipelined TCP. Starting points: {@link dev.fairway.dns.server.DnsSockets} and
 * {@link dev.fairway.dns.server.QueryHandler}.
 */
@NullMarked
package dev.fairway.dns.server;

import org.jspecify.annotations.NullMarked;
