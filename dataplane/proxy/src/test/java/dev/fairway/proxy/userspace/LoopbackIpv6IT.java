// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.remote;
import static dev.fairway.proxy.userspace.TcpClient.nameAt;
import static dev.fairway.proxy.userspace.UdpBackend.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.proxy.NodePortAddresses;
import dev.fairway.proxy.userspace.Rig.Ep;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.TrafficPolicy;
import dev.fairway.testing.Skip;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** IPv6 with the one address that any process may bind; the rest needs a network namespace. */
class LoopbackIpv6IT {
  private static final String HERE = "::1";

  private final List<Integer> ports = freePorts(3);
  private final int port = ports.get(0);
  private final int nodePort = ports.get(1);
  private final int target = ports.get(2);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void hasIpv6() {
    Skip.unless(NodePortAddresses.ofMachine().contains(IpAddress.parse(HERE)), "no IPv6 here");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened.reversed()) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private Rig rig() {
    IpAddress here = IpAddress.parse(HERE);
    return open(
        new Rig(
            UserspaceOptions.of(Rig.NODE, List.of(here))
                .withNodePortAddresses(List.of("localhost")),
            List.of(here)));
  }

  private ServiceSettingsBuilder service(Protocol protocol) {
    return ServiceInfo.Settings.of("ns", "six")
        .clusterIp(HERE)
        .port("main", protocol, port, nodePort);
  }

  private SliceEndpoints slice(Protocol protocol, Ep... endpoints) {
    return Rig.slice("six", protocol, target, endpoints);
  }

  @Test
  void tcp_isServedRefusedAndSilent() throws IOException {
    open(TcpBackend.named(HERE, target));
    Rig rig = rig();
    rig.publish(service(Protocol.TCP), slice(Protocol.TCP, ready(HERE)));
    assertThat(nameAt(HERE, at(HERE, port))).isEqualTo(HERE);
    assertThat(nameAt(HERE, at(HERE, nodePort))).isEqualTo(HERE);
    rig.publish(service(Protocol.TCP), slice(Protocol.TCP));
    assertThatThrownBy(() -> nameAt(HERE, at(HERE, port))).isInstanceOf(ConnectException.class);
    rig.publish(
        service(Protocol.TCP).internalPolicy(TrafficPolicy.LOCAL),
        slice(Protocol.TCP, remote(HERE)));
    if (Transport.available() == Transport.EPOLL) {
      try (Socket socket = new Socket()) {
        assertThatThrownBy(() -> socket.connect(at(HERE, port), 200))
            .isInstanceOf(SocketTimeoutException.class);
      }
    }
    assertThat(nameAt(HERE, at(HERE, nodePort))).isEqualTo(HERE);
  }

  @Test
  void udp_isServedRefusedAndSilent() throws IOException {
    open(new UdpBackend(HERE, target));
    Rig rig = rig();
    rig.publish(service(Protocol.UDP), slice(Protocol.UDP, ready(HERE)));
    assertThat(ask(client(port), "a")).isEqualTo(HERE + " a");
    assertThat(ask(client(nodePort), "b")).isEqualTo(HERE + " b");
    rig.publish(service(Protocol.UDP), slice(Protocol.UDP));
    assertThatThrownBy(() -> ask(client(port), "c")).isInstanceOf(PortUnreachableException.class);
    rig.publish(
        service(Protocol.UDP).internalPolicy(TrafficPolicy.LOCAL),
        slice(Protocol.UDP, remote(HERE)));
    DatagramSocket unheard = client(port);
    unheard.setSoTimeout(150);
    assertThatThrownBy(() -> ask(unheard, "d")).isInstanceOf(SocketTimeoutException.class);
  }

  private DatagramSocket client(int toPort) throws IOException {
    DatagramSocket socket =
        open(new DatagramSocket(new InetSocketAddress(InetAddress.getByName(HERE), 0)));
    socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
    socket.connect(at(HERE, toPort));
    return socket;
  }
}
