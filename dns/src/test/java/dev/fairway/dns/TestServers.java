// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Servers on loopback, and what most of them are to know of a cluster. */
public final class TestServers {
  private TestServers() {}

  /** A port of 127.0.0.1 that nobody has. */
  public static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
  }

  /** An address at which nobody listens. */
  public static InetSocketAddress closedPort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(anyPort())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  /** The zone cluster.local at {@link #anyPort}, with the defaults. */
  public static DnsOptions options() {
    return DnsOptions.of(anyPort(), "cluster.local");
  }

  /** Starts a server; the test fails where it cannot listen. */
  public static DnsServer start(DnsOptions options) throws IOException {
    return DnsServer.start(
        options,
        (address, reason) -> {
          throw new AssertionError(address.toString(), reason);
        });
  }

  /** A cluster with the service {@code default/web} at 127.96.0.10. */
  public static ClusterModel web() {
    ClusterModel model = new ClusterModel();
    model.service("default/web").clusterIp("127.96.0.10").port("http", "TCP", 80);
    return model;
  }

  /** The same with a headless service {@code default/big} that has so many endpoints. */
  public static ClusterModel webAndBig(int endpoints) {
    ClusterModel model = web();
    addHeadless(model, "default/big", "127.64.", endpoints);
    return model;
  }

  /** Adds a headless service; {@code prefix} is the first half of its endpoints' addresses. */
  public static void addHeadless(ClusterModel model, String name, String prefix, int endpoints) {
    ClusterModel.ServiceBuilder service = model.service(name).headless().port("http", "TCP", 80);
    for (int i = 0; i < endpoints; i++) {
      service.endpoint(prefix + i / 250 + "." + i % 250);
    }
  }
}
