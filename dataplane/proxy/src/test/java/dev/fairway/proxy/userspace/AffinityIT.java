// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.remote;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static dev.fairway.proxy.userspace.Rig.unready;
import static dev.fairway.proxy.userspace.TcpClient.nameAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.TrafficPolicy;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Session affinity, line by line, between real clients and endpoints. */
class AffinityIT {
  private static final String VIP = "127.96.11.10";
  private static final String BALANCER = "127.112.11.10";
  private static final String OUTSIDE = "127.200.11.1";

  /** As many connections in a row as Kubernetes' end-to-end tests look at. */
  private static final int CONFIRM = 15;

  private final List<Integer> ports = freePorts(5);
  private final int port = ports.get(0);
  private final int otherPort = ports.get(1);
  private final int target = ports.get(2);
  private final int otherTarget = ports.get(3);
  private final int udpTarget = ports.get(4);
  private final Rig rig = new Rig();
  private final List<AutoCloseable> opened = new ArrayList<>();

  AffinityIT() throws IOException {
    opened.add(rig);
    for (int i = 1; i <= 4; i++) {
      opened.add(TcpBackend.named(pod(i), target));
      opened.add(TcpBackend.named(pod(i), otherTarget));
      opened.add(new UdpBackend(pod(i), udpTarget));
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private static String pod(int i) {
    return "127.64.11." + i;
  }

  private ServiceSettingsBuilder web(int affinitySeconds) {
    return ServiceInfo.Settings.of("ns", "web")
        .type(ServiceType.LOAD_BALANCER)
        .clusterIp(VIP)
        .loadBalancerIp(BALANCER)
        .port("main", Protocol.TCP, port, 0)
        .affinitySeconds(affinitySeconds);
  }

  private SliceEndpoints all() {
    return tcp(target, ready(pod(1)), ready(pod(2)), ready(pod(3)), ready(pod(4)));
  }

  private Set<String> names(String client, String address, int toPort) throws IOException {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < CONFIRM; i++) {
      names.add(nameAt(client, at(address, toPort)));
    }
    return names;
  }

  @Test
  void clientAddress_countsAndNotItsPort() throws IOException {
    rig.publish(web(100), all());
    Set<String> seen = new HashSet<>();
    for (int i = 1; i <= 32; i++) {
      Set<String> names = names("127.201.11." + i, VIP, port);
      assertThat(names).hasSize(1);
      seen.addAll(names);
    }
    assertThat(seen).describedAs("clients are spread").hasSizeGreaterThan(1);
  }

  /** Kubernetes#103000: each port of a service has a memory of its own. */
  @Test
  void portsOfAService_stickEachForItself() throws IOException {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 1; i <= 4; i++) {
      table.add(IpAddress.parse(pod(i)), Conditions.AVAILABLE, Rig.NODE);
    }
    List<SliceEndpoints.Port> slicePorts =
        List.of(
            new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), target),
            new SliceEndpoints.Port(new EndpointPort("other", Protocol.TCP), otherTarget));
    rig.publish(
        web(100).port("other", Protocol.TCP, otherPort, 0),
        new SliceEndpoints("two", false, slicePorts, table.build()));
    int different = 0;
    for (int i = 1; i <= 32; i++) {
      String client = "127.201.11." + i;
      String main = nameAt(client, at(VIP, port));
      String other = nameAt(client, at(VIP, otherPort));
      different += main.equals(other) ? 0 : 1;
      assertThat(nameAt(client, at(VIP, port))).isEqualTo(main);
      assertThat(nameAt(client, at(VIP, otherPort))).isEqualTo(other);
    }
    assertThat(different).isPositive();
  }

  @Test
  void everyNewConnection_startsTheTimeAnew_andNotTheBytesOfAnOldOne() throws IOException {
    rig.publish(web(100), all());
    String first = nameAt(at(VIP, port));
    for (int i = 0; i < CONFIRM; i++) {
      rig.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(99));
      assertThat(nameAt(at(VIP, port))).isEqualTo(first);
    }
    long misses = rig.metrics.affinityMisses.sum();
    try (TcpClient open = new TcpClient(at(VIP, port))) {
      open.readLine();
      rig.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
      open.send("still here\n");
      open.readLine();
      rig.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
    }
    nameAt(at(VIP, port));
    assertThat(rig.metrics.affinityMisses.sum()).isEqualTo(misses + 1);
  }

  @Test
  void endpointThatLeftAndCameBack_isNotRemembered() throws IOException {
    Set<String> afterwards = new HashSet<>();
    for (int i = 1; i <= 16; i++) {
      String client = "127.201.11." + i;
      rig.publish(web(100), tcp(target, ready(pod(1))));
      assertThat(nameAt(client, at(VIP, port))).isEqualTo(pod(1));
      rig.publish(web(100), tcp(target, ready(pod(2)), ready(pod(3)), unready(pod(1))));
      rig.publish(web(100), all());
      afterwards.add(nameAt(client, at(VIP, port)));
    }
    assertThat(afterwards).hasSizeGreaterThan(1);
  }

  /** Kubernetes#110302. */
  @Test
  void endpointThatIsNotReadyAnyMore_keepsItsOpenConnections() throws IOException {
    rig.publish(web(100), tcp(target, ready(pod(1))));
    try (TcpClient open = new TcpClient(at(VIP, port))) {
      assertThat(open.readLine()).isEqualTo(pod(1));
      rig.publish(web(100), tcp(target, ready(pod(2)), unready(pod(1))));
      assertThat(names("127.0.0.1", VIP, port)).containsExactly(pod(2));
      open.send("still here\n");
      assertThat(open.readLine()).isEqualTo("still here");
    }
  }

  @Test
  void switchedOff_clientsAreSpread_switchedOn_theyStartAnew() throws IOException {
    rig.publish(web(100), all());
    assertThat(names(OUTSIDE, VIP, port)).hasSize(1);
    rig.publish(web(0), all());
    assertThat(names(OUTSIDE, VIP, port)).hasSizeGreaterThan(1);
    long misses = rig.metrics.affinityMisses.sum();
    rig.publish(web(100), all());
    assertThat(names(OUTSIDE, VIP, port)).hasSize(1);
    assertThat(rig.metrics.affinityMisses.sum()).isEqualTo(misses + 1);
  }

  @Test
  void newTimeout_isGoodForOldClientsToo() throws IOException {
    rig.publish(web(1000), all());
    nameAt(at(VIP, port));
    rig.publish(web(10), all());
    rig.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
    long misses = rig.metrics.affinityMisses.sum();
    nameAt(at(VIP, port));
    assertThat(rig.metrics.affinityMisses.sum()).isEqualTo(misses + 1);
  }

  @Test
  void endpointThatPolicyForbids_isNotUsedHoweverSticky() throws IOException {
    SliceEndpoints endpoints = tcp(target, ready(pod(1)), remote(pod(2)), remote(pod(3)));
    for (int i = 1; i <= 16; i++) {
      String client = "127.201.11." + i;
      rig.publish(web(100).externalPolicy(TrafficPolicy.LOCAL), endpoints);
      nameAt(client, at(VIP, port));
      assertThat(names(client, BALANCER, port)).containsExactly(pod(1));
    }
  }

  /** Another endpoint would break the promise once; a connection that fails keeps it. */
  @Test
  void deadEndpoint_losesItsStickyClients() throws IOException {
    String dead = "127.64.11.77";
    SliceEndpoints endpoints = tcp(target, ready(dead), ready(pod(1)));
    int failed = 0;
    for (int i = 1; i <= 8; i++) {
      String client = "127.201.11." + i;
      rig.publish(web(100), tcp(target, ready(dead)));
      TcpBackend alive = TcpBackend.named(dead, target);
      assertThat(nameAt(client, at(VIP, port))).isEqualTo(dead);
      alive.close();
      rig.publish(web(100), endpoints);
      try {
        nameAt(client, at(VIP, port));
      } catch (SocketException _) {
        failed++;
      }
      assertThat(nameAt(client, at(VIP, port))).isEqualTo(pod(1));
    }
    assertThat(failed).describedAs("connections that kept to the dead endpoint").isPositive();
  }

  @Test
  void flowsOfOtherSockets_stickToTheSameEndpoint() throws IOException {
    rig.publish(
        ServiceInfo.Settings.of("ns", "dns")
            .clusterIp(VIP)
            .port("main", Protocol.UDP, port, 0)
            .affinitySeconds(100),
        Rig.slice("s", Protocol.UDP, udpTarget, ready(pod(1)), ready(pod(2)), ready(pod(3))));
    Set<String> answers = new HashSet<>();
    for (int i = 0; i < CONFIRM; i++) {
      try (DatagramSocket client =
          new DatagramSocket(new InetSocketAddress(InetAddress.getByName(OUTSIDE), 0))) {
        client.setSoTimeout((int) Rig.PATIENCE.toMillis());
        client.connect(at(VIP, port));
        answers.add(UdpBackend.ask(client, "x"));
      }
    }
    assertThat(answers).hasSize(1);
  }
}
