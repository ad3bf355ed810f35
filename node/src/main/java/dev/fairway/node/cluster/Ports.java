// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Finds out before anything starts whether the ports that were asked for are free. */
final class Ports {
  static final String ADDRESS = "127.0.0.1";

  private Ports() {}

  static void check(ClusterConfig config) throws EnvironmentException {
    tcp("--api-port", config.apiPort());
    tcp("--dns-port", config.dnsPort());
    udp("--dns-port", config.dnsPort());
    tcp("--http-port", config.httpPort());
    tcp("--https-port", config.httpsPort());
  }

  private static void tcp(String option, int port) throws EnvironmentException {
    if (port == 0) {
      return;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(ADDRESS, port));
    } catch (IOException e) {
      throw taken(option, port, "TCP", e);
    }
  }

  private static void udp(String option, int port) throws EnvironmentException {
    if (port == 0) {
      return;
    }
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.bind(new InetSocketAddress(ADDRESS, port));
    } catch (IOException e) {
      throw taken(option, port, "UDP", e);
    }
  }

  private static EnvironmentException taken(
      String option, int port, String protocol, IOException reason) {
    return new EnvironmentException(
        protocol
            + " port "
            + port
            + " on "
            + ADDRESS
            + " cannot be used ("
            + reason.getMessage()
            + "); choose another with "
            + option
            + ", 0 means any free port",
        reason);
  }
}
