// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.proxy.ProxyProtocol;
import dev.fairway.service.AddressPlan;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.testing.OwnNetwork;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Dual-stack services in a network namespace: what each family has for itself. */
@Tag("root")
class FamiliesRootIT {
  private static final AddressPlan V4 = AddressPlan.IPV4;
  private static final AddressPlan V6 = AddressPlan.IPV6;
  private static final int PORT = V4.ports().service();
  private static final int NODE_PORT = V4.ports().node();
  private static final int TARGET = V4.ports().tcpTarget();

  /** Checks by name; all run in one namespace. */
  private static final Map<String, Check> CHECKS =
      Map.of(
          "affinity_isRememberedForEachFamily", FamiliesRootIT::affinity,
          "familyWithoutEndpoints_isRefused_andTheOtherOneServed", FamiliesRootIT::emptyFamily,
          "answersOfDatagrams_leaveFromTheAddressThatWasAsked", FamiliesRootIT::datagrams,
          "proxyProtocol_hasTheAddressesOfTheFamily", FamiliesRootIT::header);

  private interface Check {
    void run() throws Exception;
  }

  @TestFactory
  Stream<DynamicTest> families() throws Exception {
    List<IpAddress> addresses = new ArrayList<>(V4.bound());
    addresses.addAll(V6.bound());
    addresses.add(V6.endpoint(9));
    List<String> passed =
        OwnNetwork.run(OwnNetwork.Need.ADDRESSES, FamiliesRootIT.class, "runAll", addresses);
    return CHECKS.keySet().stream()
        .map(name -> dynamicTest(name, () -> assertThat(passed).contains(name + " passed")));
  }

  /** In the namespace: a line for each check. */
  static void runAll(PrintStream out) {
    CHECKS.forEach((name, check) -> {
      try {
        check.run();
        out.println(name + " passed");
      } catch (Exception | AssertionError e) {
        out.println((name + ": " + e).replace('\n', ' '));
      }
    });
  }

  private static void affinity() throws Exception {
    try (Bed bed = new Bed()) {
      bed.rig.publish(
          bed.service(Protocol.TCP).affinitySeconds(100),
          bed.slice(V4, Protocol.TCP, 1, 2, 3),
          bed.slice(V6, Protocol.TCP, 1, 2, 3));
      String four = only(bed.names(V4));
      String six = only(bed.names(V6));
      assertThat(four).startsWith("10.180.0.");
      assertThat(six).startsWith("fd00:10:180::");
      int other = four.endsWith("1") ? 2 : 1;
      bed.rig.publish(
          bed.service(Protocol.TCP).affinitySeconds(100),
          bed.slice(V4, Protocol.TCP, other),
          bed.slice(V6, Protocol.TCP, 1, 2, 3));
      assertThat(only(bed.names(V4))).isEqualTo(V4.endpoint(other).toString());
      assertThat(only(bed.names(V6))).isEqualTo(six);
    }
  }

  private static String only(Set<String> names) {
    assertThat(names).hasSize(1);
    return names.iterator().next();
  }

  private static void emptyFamily() throws Exception {
    try (Bed bed = new Bed()) {
      bed.rig.publish(bed.service(Protocol.TCP), bed.slice(V4, Protocol.TCP, 1));
      assertThat(bed.names(V4)).containsExactly(V4.endpoint(1).toString());
      assertThatThrownBy(() -> bed.names(V6)).hasMessageContaining("refused");
      bed.rig.publish(bed.service(Protocol.TCP), bed.slice(V6, Protocol.TCP, 2));
      assertThat(bed.names(V6)).containsExactly(V6.endpoint(2).toString());
    }
  }

  private static void datagrams() throws Exception {
    try (Bed bed = new Bed()) {
      bed.rig.publish(
          bed.service(Protocol.UDP),
          bed.slice(V4, Protocol.UDP, 1),
          bed.slice(V6, Protocol.UDP, 1));
      for (AddressPlan plan : List.of(V4, V6)) {
        for (String party : List.of("CIP", "VIP", "EXT", "NODE")) {
          InetSocketAddress to =
              new InetSocketAddress(
                  inet(plan.address(party)), party.equals("NODE") ? NODE_PORT : PORT);
          try (DatagramSocket client =
              new DatagramSocket(new InetSocketAddress(inet(plan.address("CLIENT")), 0))) {
            client.setSoTimeout((int) Rig.PATIENCE.toMillis());
            for (int size : new int[] {1, 1400, 65_507 - (plan.equals(V4) ? 0 : 20)}) {
              client.send(new DatagramPacket(new byte[size], size, to));
              DatagramPacket answer = new DatagramPacket(new byte[65_536], 65_536);
              client.receive(answer);
              assertThat(answer.getSocketAddress()).isEqualTo(to);
              assertThat(answer.getLength()).isGreaterThanOrEqualTo(size);
            }
          }
        }
      }
    }
  }

  private static void header() throws Exception {
    try (Bed bed = new Bed();
        TcpBackend _ =
            new TcpBackend(
                V6.endpoint(9).toString(),
                TARGET,
                socket -> socket.getInputStream().transferTo(socket.getOutputStream()))) {
      bed.rig.publish(
          bed.service(Protocol.TCP).annotation(ProxyProtocol.ANNOTATION, "v1"),
          bed.slice(V6, Protocol.TCP, 9));
      String source = V6.address("CLIENT").toString();
      try (TcpClient client =
          new TcpClient(source, new InetSocketAddress(inet(V6.address("CIP")), PORT))) {
        assertThat(client.readLine())
            .isEqualTo(
                "PROXY TCP6 %s %s %d %d"
                    .formatted(source, V6.address("CIP"), client.socket.getLocalPort(), PORT));
      }
    }
  }

  private static InetAddress inet(IpAddress address) throws IOException {
    return InetAddress.getByAddress(address.toBytes());
  }

  /** A proxier on a dual-stack node, and three endpoints in each family. */
  private static final class Bed implements AutoCloseable {
    final Rig rig =
        new Rig(UserspaceOptions.of(Rig.NODE, List.of(V4.address("NODE"), V6.address("NODE"))));
    private final List<AutoCloseable> endpoints = new ArrayList<>();

    Bed() throws IOException {
      for (AddressPlan plan : List.of(V4, V6)) {
        for (int i = 1; i <= 3; i++) {
          endpoints.add(TcpBackend.named(plan.endpoint(i).toString(), TARGET));
          endpoints.add(new UdpBackend(plan.endpoint(i).toString(), TARGET));
        }
      }
    }

    ServiceSettingsBuilder service(Protocol protocol) {
      ServiceSettingsBuilder settings =
          ServiceInfo.Settings.of("ns", "dual").port("main", protocol, PORT, NODE_PORT);
      for (AddressPlan plan : List.of(V4, V6)) {
        settings
            .clusterIp(plan.address("CIP"))
            .loadBalancerIp(plan.address("VIP"))
            .externalIp(plan.address("EXT"));
      }
      return settings;
    }

    SliceEndpoints slice(AddressPlan plan, Protocol protocol, int... numbers) {
      EndpointTable.Builder table = new EndpointTable.Builder();
      for (int number : numbers) {
        table.add(plan.endpoint(number), Conditions.AVAILABLE, Rig.NODE);
      }
      return new SliceEndpoints(
          plan.name(),
          false,
          List.of(new SliceEndpoints.Port(new EndpointPort("main", protocol), TARGET)),
          table.build());
    }

    /** Who answers CLIENT at all kinds of addresses. */
    Set<String> names(AddressPlan plan) throws IOException {
      Set<String> names = new HashSet<>();
      String client = plan.address("CLIENT").toString();
      for (int i = 0; i < 5; i++) {
        for (String party : List.of("CIP", "VIP", "EXT", "NODE")) {
          names.add(
              TcpClient.nameAt(
                  client,
                  new InetSocketAddress(
                      inet(plan.address(party)), party.equals("NODE") ? NODE_PORT : PORT)));
        }
      }
      return names;
    }

    @Override
    public void close() throws Exception {
      rig.close();
      for (AutoCloseable endpoint : endpoints) {
        endpoint.close();
      }
    }
  }
}
