// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.remote;
import static dev.fairway.proxy.userspace.Rig.unready;
import static dev.fairway.proxy.userspace.UdpBackend.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.TrafficPolicy;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpServingIT {
  private static final String VIP = "127.96.4.10";

  private final List<Integer> ports = freePorts(3);
  private final int port = ports.get(0);
  private final int backendPort = ports.get(1);
  private final int nodePort = ports.get(2);
  private final List<AutoCloseable> open = new ArrayList<>();
  private Rig rig = new Rig();

  @AfterEach
  void close() throws Exception {
    rig.close();
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
  }

  private ServiceSettingsBuilder dns() {
    return ServiceInfo.Settings.of("ns", "dns")
        .clusterIp(VIP)
        .port("main", Protocol.UDP, port, nodePort);
  }

  private SliceEndpoints udp(Rig.Ep... endpoints) {
    return Rig.slice("s", Protocol.UDP, backendPort, endpoints);
  }

  private void serve(String address) throws IOException {
    open.add(new UdpBackend(address, backendPort));
  }

  private DatagramSocket client(String address, int toPort) throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    open.add(socket);
    socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
    socket.connect(at(address, toPort));
    return socket;
  }

  @Test
  void answersComeFromTheAddressThatWasAsked() throws IOException {
    serve("127.64.4.1");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    assertThat(ask(client(VIP, port), "a")).isEqualTo("127.64.4.1 a");
    assertThat(ask(client("127.0.0.1", nodePort), "b")).isEqualTo("127.64.4.1 b");
  }

  @Test
  void oneClientSocket_keepsItsEndpoint_manyReachAll() throws IOException {
    serve("127.64.4.1");
    serve("127.64.4.2");
    rig.publish(dns(), udp(ready("127.64.4.1"), ready("127.64.4.2")));
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 32; i++) {
      DatagramSocket client = client(VIP, port);
      String first = ask(client, "x");
      assertThat(ask(client, "x")).isEqualTo(first);
      seen.add(first);
    }
    assertThat(seen).hasSize(2);
    assertThat(rig.metrics.udpActive).hasValue(32);
  }

  @Test
  void endpointThatStoppedServing_losesItsFlowsAtOnce() throws IOException {
    serve("127.64.4.1");
    serve("127.64.4.2");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    DatagramSocket client = client(VIP, port);
    assertThat(ask(client, "x")).isEqualTo("127.64.4.1 x");
    rig.publish(dns(), udp(ready("127.64.4.2"), unready("127.64.4.1")));
    assertThat(ask(client, "x")).isEqualTo("127.64.4.2 x");
    assertThat(rig.metrics.udpStale.sum()).isEqualTo(1);
  }

  @Test
  void endpointThatTerminatesButServes_keepsItsFlows() throws IOException {
    serve("127.64.4.1");
    serve("127.64.4.2");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    DatagramSocket client = client(VIP, port);
    assertThat(ask(client, "x")).isEqualTo("127.64.4.1 x");
    rig.publish(
        dns(),
        udp(
            ready("127.64.4.2"),
            new Rig.Ep("127.64.4.1", Conditions.SERVING_TERMINATING, Rig.NODE)));
    assertThat(ask(client, "x")).isEqualTo("127.64.4.1 x");
  }

  @Test
  void scaledToZeroAndBack_neverBlackholesABusyClient() throws IOException {
    serve("127.64.4.1");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    DatagramSocket client = client(VIP, port);
    assertThat(ask(client, "x")).isEqualTo("127.64.4.1 x");
    rig.publish(dns(), udp());
    assertThatThrownBy(() -> ask(client, "x")).isInstanceOf(PortUnreachableException.class);
    rig.publish(dns(), udp(ready("127.64.4.1")));
    assertThat(ask(client, "y")).isEqualTo("127.64.4.1 y");
  }

  @Test
  void localPolicyWithoutLocalEndpoint_isSilent() throws IOException {
    serve("127.64.4.1");
    rig.publish(dns().internalPolicy(TrafficPolicy.LOCAL), udp(remote("127.64.4.1")));
    DatagramSocket client = client(VIP, port);
    client.setSoTimeout(200);
    assertThatThrownBy(() -> ask(client, "x")).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void biggestDatagrams_passWhole() throws IOException {
    serve("127.64.4.1");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    DatagramSocket client = client(VIP, port);
    for (int size : new int[] {1400, 9000, 65_507}) {
      assertThat(ask(client, "z".repeat(size))).hasSize(size);
    }
  }

  @Test
  void endpointThatIsGone_losesTheFlow_andTheNextDatagramFindsAnother() throws IOException {
    serve("127.64.4.2");
    rig.publish(dns(), udp(ready("127.64.4.77"), ready("127.64.4.2")));
    for (int i = 0; i < 16; i++) {
      DatagramSocket client = client(VIP, port);
      client.setSoTimeout(200);
      String answer = "none";
      for (int attempt = 0; attempt < 20 && answer.equals("none"); attempt++) {
        try {
          answer = ask(client, "x");
        } catch (SocketTimeoutException _) {
          // The first datagram found the endpoint that is gone.
        }
      }
      assertThat(answer).isEqualTo("127.64.4.2 x");
    }
  }

  @Test
  void flowsBeyondTheLimit_evictTheOldest() throws IOException {
    rig.close();
    rig = new Rig(Rig.options().withLimits(UserspaceOptions.Limits.DEFAULT.withUdp(100, 4)));
    serve("127.64.4.1");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    for (int i = 0; i < 10; i++) {
      assertThat(ask(client(VIP, port), "x")).isEqualTo("127.64.4.1 x");
    }
    assertThat(rig.metrics.udpActive).hasValue(4);
    assertThat(rig.metrics.udpEvicted.sum()).isEqualTo(6);
  }

  @Test
  void idleFlows_end() throws Exception {
    rig.close();
    rig =
        new Rig(
            Rig.options()
                .withLimits(
                    UserspaceOptions.Limits.DEFAULT.withUdpIdle(
                        Duration.ofMillis(40), Duration.ofMillis(80))));
    serve("127.64.4.1");
    rig.publish(dns(), udp(ready("127.64.4.1")));
    DatagramSocket client = client(VIP, port);
    ask(client, "x");
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (rig.metrics.udpActive.get() > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(rig.metrics.udpActive).hasValue(0);
    assertThat(ask(client, "y")).isEqualTo("127.64.4.1 y");
  }
}
