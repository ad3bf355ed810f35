// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpLimits;
import java.time.Duration;

/**
 * Limits of the connections of clients.
 *
 * @param connections how many may be open
 * @param requestsPerConnection the response to this many announces the end of a connection of
 *     HTTP/1
 * @param requestsOverStreams this many requests announce the end of one of HTTP/2 or HTTP/3
 * @param headerTimeout from the first byte of a request to the end of its header fields
 * @param bodyTimeout how long a client may stay silent within a body, or leave a response unread
 * @param idleTimeout how long a connection may wait for its next request
 * @param tunnelTimeout how long a tunnel may stay silent
 * @param tlsHandshakeTimeout how long a TLS handshake may take
 * @param messages sizes of request heads and trailers
 * @param minBodyRate how fast bodies must arrive
 */
public record ListenerLimits(
    ConnectionLimits connections,
    int requestsPerConnection,
    int requestsOverStreams,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration idleTimeout,
    Duration tunnelTimeout,
    Duration tlsHandshakeTimeout,
    HttpLimits messages,
    MinBodyRate minBodyRate) {
  /**
   * 50 000 connections, 10 000 of a listener, of 1 000 requests each, of 1 000 000 where these are
   * streams; header fields in 15 s, body and unread response 60 s, idle 75 s, tunnel 1 h, TLS
   * handshake 10 s.
   */
  public static final ListenerLimits DEFAULT =
      new ListenerLimits(
          ConnectionLimits.DEFAULT,
          1_000,
          1_000_000,
          Duration.ofSeconds(15),
          Duration.ofSeconds(60),
          Duration.ofSeconds(75),
          Duration.ofHours(1),
          Duration.ofSeconds(10),
          HttpLimits.DEFAULT,
          MinBodyRate.NONE);

  /** The same with another number of connections. */
  public ListenerLimits withConnections(ConnectionLimits others) {
    return new ListenerLimits(
        others,
        requestsPerConnection,
        requestsOverStreams,
        headerTimeout,
        bodyTimeout,
        idleTimeout,
        tunnelTimeout,
        tlsHandshakeTimeout,
        messages,
        minBodyRate);
  }

  /** The same with another rate of bodies. */
  public ListenerLimits withMinBodyRate(MinBodyRate rate) {
    return new ListenerLimits(
        connections,
        requestsPerConnection,
        requestsOverStreams,
        headerTimeout,
        bodyTimeout,
        idleTimeout,
        tunnelTimeout,
        tlsHandshakeTimeout,
        messages,
        rate);
  }
}
