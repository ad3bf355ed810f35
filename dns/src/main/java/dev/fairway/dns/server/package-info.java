// SPDX-License-Identifier: Apache-2.0
/**
 * What clients meet: UDP, TCP, TLS, HTTPS and QUIC on the event loops of Netty, cookies and limits,
 * names that are answered before others are asked, zone transfers. Starting points: {@link
 * dev.fairway.dns.server.DnsSockets}, {@link dev.fairway.dns.server.QueryHandler} for one query,
 * {@code SecureSockets} for what is encrypted.
 */
@NullMarked
package dev.fairway.dns.server;

import org.jspecify.annotations.NullMarked;
