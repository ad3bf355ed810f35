// SPDX-License-Identifier: Apache-2.0
/**
 * Streams and datagrams that are passed on without looking into them: TCP and UDP listeners, and
 * TLS that a backend ends. Starting points: {@link dev.fairway.ingress.stream.StreamServer}, {@link
 * dev.fairway.ingress.stream.TcpRelay}, {@link dev.fairway.ingress.stream.UdpRelay}.
 */
@NullMarked
package dev.fairway.ingress.stream;

import org.jspecify.annotations.NullMarked;
