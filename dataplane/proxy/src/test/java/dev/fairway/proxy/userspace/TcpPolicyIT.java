// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.remote;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static dev.fairway.proxy.userspace.TcpClient.nameAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.proxy.ProxyMetrics.TrafficDirection;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceType;
import dev.fairway.service.TrafficPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpPolicyIT {
  private static final String VIP = "127.96.2.10";
  private static final String BALANCER = "127.112.2.10";
  private static final String NODE_IP = "127.0.0.1";
  private static final String OUTSIDE = "127.200.0.1";

  private final List<Integer> ports = freePorts(4);
  private final int port = ports.get(0);
  private final int nodePort = ports.get(1);
  private final int backendPort = ports.get(2);
  private final TcpBackend one = TcpBackend.named("127.64.2.1", backendPort);
  private final TcpBackend two = TcpBackend.named("127.64.2.2", backendPort);
  private final Rig rig = new Rig();

  @AfterEach
  void close() {
    rig.close();
    one.close();
    two.close();
  }

  private ServiceSettingsBuilder web() {
    return ServiceInfo.Settings.of("ns", "web")
        .type(ServiceType.LOAD_BALANCER)
        .clusterIp(VIP)
        .loadBalancerIp(BALANCER)
        .port("main", Protocol.TCP, port, nodePort);
  }

  @Test
  void affinity_isSharedByAllAddressesOfThePort() throws IOException {
    rig.publish(
        web().affinitySeconds(100), tcp(backendPort, ready("127.64.2.1"), ready("127.64.2.2")));
    String first = nameAt(at(VIP, port));
    for (int i = 0; i < 8; i++) {
      assertThat(nameAt(at(VIP, port))).isEqualTo(first);
      assertThat(nameAt(at(BALANCER, port))).isEqualTo(first);
      assertThat(nameAt(at(NODE_IP, nodePort))).isEqualTo(first);
    }
    assertThat(rig.metrics.affinityHits.sum()).isEqualTo(24);
  }

  @Test
  void affinity_endsWithTheEndpoint() throws IOException {
    rig.publish(
        web().affinitySeconds(100), tcp(backendPort, ready("127.64.2.1"), ready("127.64.2.2")));
    String first = nameAt(at(VIP, port));
    String other = first.equals("127.64.2.1") ? "127.64.2.2" : "127.64.2.1";
    rig.publish(web().affinitySeconds(100), tcp(backendPort, ready(other)));
    assertThat(nameAt(at(VIP, port))).isEqualTo(other);
  }

  @Test
  void affinity_expires() throws IOException {
    rig.publish(
        web().affinitySeconds(100), tcp(backendPort, ready("127.64.2.1"), ready("127.64.2.2")));
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 32; i++) {
      seen.add(nameAt(at(VIP, port)));
      rig.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(100));
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void externalLocal_outsideClientsGetLocalEndpoints_nodeGetsAll() throws IOException {
    rig.publish(
        web().externalPolicy(TrafficPolicy.LOCAL),
        tcp(backendPort, ready("127.64.2.1"), remote("127.64.2.2")));
    Set<String> outside = new HashSet<>();
    Set<String> inside = new HashSet<>();
    for (int i = 0; i < 32; i++) {
      outside.add(nameAt(OUTSIDE, at(BALANCER, port)));
      inside.add(nameAt(NODE_IP, at(NODE_IP, nodePort)));
    }
    assertThat(outside).containsExactly("127.64.2.1");
    assertThat(inside).hasSize(2);
  }

  @Test
  void externalLocalWithoutLocalEndpoint_outsideClientsGetNothing() throws IOException {
    rig.publish(web().externalPolicy(TrafficPolicy.LOCAL), tcp(backendPort, remote("127.64.2.2")));
    assertThatThrownBy(() -> nameAt(OUTSIDE, at(BALANCER, port))).isInstanceOf(IOException.class);
    assertThat(nameAt(NODE_IP, at(BALANCER, port))).isEqualTo("127.64.2.2");
    assertThat(rig.metrics.noLocalEndpoints(TrafficDirection.EXTERNAL, IpFamily.IPV4)).hasValue(1);
  }

  @Test
  void internalLocalWithoutLocalEndpoint_clientsHearNothing() throws IOException {
    rig.publish(web().internalPolicy(TrafficPolicy.LOCAL), tcp(backendPort, remote("127.64.2.2")));
    if (Transport.available() == Transport.EPOLL) {
      try (Socket socket = new Socket()) {
        assertThatThrownBy(() -> socket.connect(at(VIP, port), 300))
            .isInstanceOf(SocketTimeoutException.class);
      }
    }
    assertThat(nameAt(at(BALANCER, port))).isEqualTo("127.64.2.2");
    rig.publish(web().internalPolicy(TrafficPolicy.LOCAL), tcp(backendPort, ready("127.64.2.2")));
    assertThat(nameAt(at(VIP, port))).isEqualTo("127.64.2.2");
  }

  @Test
  void sourceRanges_restrictOnlyTheBalancerAddress() throws IOException {
    rig.publish(
        web().sourceRange(IpPrefix.parse("127.0.0.0/16")), tcp(backendPort, ready("127.64.2.1")));
    assertThat(nameAt(NODE_IP, at(BALANCER, port))).isEqualTo("127.64.2.1");
    assertThatThrownBy(() -> nameAt(OUTSIDE, at(BALANCER, port)))
        .isInstanceOf(SocketException.class);
    assertThat(nameAt(OUTSIDE, at(VIP, port))).isEqualTo("127.64.2.1");
    assertThat(nameAt(OUTSIDE, at(NODE_IP, nodePort))).isEqualTo("127.64.2.1");
  }

  @Test
  void refusingEndpoint_isReplacedBeforeTheClientNotices() throws IOException {
    rig.publish(web(), tcp(backendPort, ready("127.64.2.1"), ready("127.64.2.77")));
    for (int i = 0; i < 32; i++) {
      assertThat(nameAt(at(VIP, port))).isEqualTo("127.64.2.1");
    }
    assertThat(rig.metrics.dialRetries.sum()).isPositive().isLessThan(32);
  }

  @Test
  void onlyRefusingEndpoints_connectionIsReset() {
    rig.publish(web(), tcp(backendPort, ready("127.64.2.77")));
    assertThatThrownBy(() -> nameAt(at(VIP, port))).isInstanceOf(SocketException.class);
    assertThat(rig.metrics.dialFailures.sum()).isEqualTo(3);
  }

  @Test
  void addressInUse_isReportedAndOtherPortsWork() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getByName(VIP), port));
      rig.publish(web(), tcp(backendPort, ready("127.64.2.1")));
      assertThat(rig.events.poll(10, TimeUnit.SECONDS))
          .startsWith("ns/web AddressInUse " + VIP + ":" + port);
      assertThat(nameAt(at(BALANCER, port))).isEqualTo("127.64.2.1");
      assertThat(nameAt(at(NODE_IP, nodePort))).isEqualTo("127.64.2.1");
    }
  }

  @Test
  void addressThatBecomesFree_isServed() throws Exception {
    ServerSocket taken = new ServerSocket();
    taken.bind(new InetSocketAddress(InetAddress.getByName(VIP), port));
    rig.publish(web(), tcp(backendPort, ready("127.64.2.1")));
    assertThat(rig.events.poll(10, TimeUnit.SECONDS)).contains("AddressInUse");
    taken.close();
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (rig.metrics.frontends.get() < 3 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(nameAt(at(VIP, port))).isEqualTo("127.64.2.1");
    assertThat(rig.events).describedAs("said once").isEmpty();
  }

  @Test
  void nodeAddressesThatComeAndGo_areFollowed() throws Exception {
    List<IpAddress> machine = new CopyOnWriteArrayList<>();
    try (Rig other =
        new Rig(Rig.options().withNodePortAddresses(List.of("127.90.2.0/24")), machine)) {
      other.publish(web(), tcp(backendPort, ready("127.64.2.1")));
      assertThat(other.proxier.nodePortIps()).isEmpty();
      machine.add(IpAddress.parse("127.90.2.1"));
      machine.add(IpAddress.parse("127.90.3.1"));
      other.proxier.refreshAddresses();
      assertThat(eventuallyNamed(at("127.90.2.1", nodePort))).isEqualTo("127.64.2.1");
      assertThatThrownBy(() -> nameAt(at("127.90.3.1", nodePort))).isInstanceOf(IOException.class);
      machine.clear();
      other.proxier.refreshAddresses();
      other.publish(web(), tcp(backendPort, ready("127.64.2.2")));
      assertThatThrownBy(() -> nameAt(at("127.90.2.1", nodePort))).isInstanceOf(IOException.class);
    }
  }

  private static String eventuallyNamed(InetSocketAddress address) throws IOException {
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (true) {
      try {
        return nameAt(address);
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  @Test
  void verdicts_applyToNewConnectionsOnly() throws IOException {
    rig.publish(web(), tcp(backendPort, remote("127.64.2.1")));
    try (TcpClient open = new TcpClient(OUTSIDE, at(BALANCER, port))) {
      open.readLine();
      rig.publish(
          web().sourceRange(IpPrefix.parse("10.0.0.0/8")), tcp(backendPort, remote("127.64.2.1")));
      open.send("out of range\n");
      assertThat(open.readLine()).isEqualTo("out of range");
      rig.publish(
          web().externalPolicy(TrafficPolicy.LOCAL), tcp(backendPort, remote("127.64.2.1")));
      open.send("not local\n");
      assertThat(open.readLine()).isEqualTo("not local");
      rig.publish(web(), tcp(backendPort));
      open.send("nobody there\n");
      assertThat(open.readLine()).isEqualTo("nobody there");
    }
  }

  @Test
  void sameAddressTwice_firstServiceKeepsItUntilItGoes() throws IOException {
    rig.publish(web(), tcp(backendPort, ready("127.64.2.1")));
    ServiceSettingsBuilder rival =
        ServiceInfo.Settings.of("ns", "rival").clusterIp(VIP).port("main", port);
    rig.publish(rival, tcp(backendPort, ready("127.64.2.2")));
    assertThat(rig.events.poll()).startsWith("ns/rival FrontendConflict");
    assertThat(nameAt(at(VIP, port))).isEqualTo("127.64.2.1");
    rig.remove("ns", "web");
    assertThat(nameAt(at(VIP, port))).isEqualTo("127.64.2.2");
  }

  @Test
  void sctpPort_isReportedAndTheOthersWork() throws IOException {
    rig.publish(
        web().port("signal", Protocol.SCTP, port, 0), tcp(backendPort, ready("127.64.2.1")));
    assertThat(rig.events.poll()).startsWith("ns/web UnsupportedProtocol");
    assertThat(nameAt(at(VIP, port))).isEqualTo("127.64.2.1");
  }

  @Test
  void addressesComeAndGo_withoutTouchingTheOthers() throws IOException {
    rig.publish(web(), tcp(backendPort, ready("127.64.2.1")));
    try (TcpClient client = new TcpClient(at(VIP, port))) {
      client.readLine();
      for (int i = 0; i < 5; i++) {
        rig.publish(web().externalIp("127.120.2.9"), tcp(backendPort, ready("127.64.2.1")));
        assertThat(nameAt(at("127.120.2.9", port))).isEqualTo("127.64.2.1");
        rig.publish(web(), tcp(backendPort, ready("127.64.2.1")));
        assertThatThrownBy(() -> nameAt(at("127.120.2.9", port))).isInstanceOf(IOException.class);
        client.send("round " + i + "\n");
        assertThat(client.readLine()).isEqualTo("round " + i);
      }
    }
    assertThat(rig.metrics.bindFailures.sum()).isZero();
  }
}
