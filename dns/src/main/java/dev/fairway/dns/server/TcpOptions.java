// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.time.Duration;

/**
 * Limits of connections, TCP and encrypted ones alike.
 *
 * @param idleTimeout a connection without a complete query for that long is closed; one second when
 *     three quarters of all connections are taken
 * @param maxConnections at one time in total
 * @param maxConnectionsPerClient at one time from one address
 * @param maxPipeline lookups under way on one connection before it is read no further
 * @param maxQueries queries on one connection before it is closed; 0 for any number
 */
public record TcpOptions(
    Duration idleTimeout,
    int maxConnections,
    int maxConnectionsPerClient,
    int maxPipeline,
    int maxQueries) {

  public TcpOptions {
    // What an edns-tcp-keepalive option can tell a client.
    long tenths = idleTimeout.toMillis() / 100;
    if (tenths < 1 || tenths > 0xffff) {
      throw new IllegalArgumentException("idleTimeout must be 0.1 to 6553 s, not " + idleTimeout);
    }
    if (maxConnections < 1 || maxConnectionsPerClient < 1 || maxPipeline < 1 || maxQueries < 0) {
      throw new IllegalArgumentException("limits of connections must be positive");
    }
  }

  /** 10 seconds, 4096 connections, 1024 from one client, 128 lookups, any number of queries. */
  public static TcpOptions defaults() {
    return new TcpOptions(Duration.ofSeconds(10), 4096, 1024, 128, 0);
  }
}
