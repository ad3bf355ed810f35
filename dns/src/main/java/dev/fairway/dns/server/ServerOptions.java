// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.time.Duration;

/**
 * How the server treats clients.
 *
 * @param eventLoops threads, and UDP sockets for each address
 * @param maxUdpPayload no UDP response is larger, in octets; 1232 is never fragmented
 * @param nsid name of this server, told to who asks by NSID (RFC 5001); empty for none
 * @param tcpIdleTimeout a connection without a complete query for that long is closed
 * @param maxTcpConnections at one time in total
 * @param maxTcpConnectionsPerClient at one time from one address
 * @param maxTcpPipeline lookups under way on one connection before it is read no further
 */
public record ServerOptions(
    int eventLoops,
    int maxUdpPayload,
    String nsid,
    Duration tcpIdleTimeout,
    int maxTcpConnections,
    int maxTcpConnectionsPerClient,
    int maxTcpPipeline) {

  public ServerOptions {
    if (eventLoops < 1) {
      throw new IllegalArgumentException("eventLoops must be at least 1, not " + eventLoops);
    }
    if (maxUdpPayload < 512 || maxUdpPayload > 4096) {
      throw new IllegalArgumentException("maxUdpPayload must be 512 to 4096, not " + maxUdpPayload);
    }
  }

  /** Two event loops at most, 1232 octets, 10 seconds, 4096 connections, 1024 from one client. */
  public static ServerOptions defaults() {
    int loops = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 2);
    return new ServerOptions(loops, 1232, "", Duration.ofSeconds(10), 4096, 1024, 128);
  }

  /** With another idle timeout. */
  public ServerOptions withTcpIdleTimeout(Duration timeout) {
    return new ServerOptions(
        eventLoops,
        maxUdpPayload,
        nsid,
        timeout,
        maxTcpConnections,
        maxTcpConnectionsPerClient,
        maxTcpPipeline);
  }

  /** With another number of event loops. */
  public ServerOptions withEventLoops(int loops) {
    return new ServerOptions(
        loops,
        maxUdpPayload,
        nsid,
        tcpIdleTimeout,
        maxTcpConnections,
        maxTcpConnectionsPerClient,
        maxTcpPipeline);
  }

  /** With other limits of connections. */
  public ServerOptions withMaxTcpConnections(int total, int perClient) {
    return new ServerOptions(
        eventLoops, maxUdpPayload, nsid, tcpIdleTimeout, total, perClient, maxTcpPipeline);
  }

  /** With a name to tell by NSID. */
  public ServerOptions withNsid(String name) {
    return new ServerOptions(
        eventLoops,
        maxUdpPayload,
        name,
        tcpIdleTimeout,
        maxTcpConnections,
        maxTcpConnectionsPerClient,
        maxTcpPipeline);
  }
}
