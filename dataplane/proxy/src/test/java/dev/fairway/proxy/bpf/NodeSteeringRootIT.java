// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Clients that no program saw connect, and the userspace proxier that gets them. */
@Tag("root")
class NodeSteeringRootIT {
  private static final String A = "10.9.0.1";
  private static final String A6 = "fd00:9::1";
  private static final String VIP = "203.0.113.6";
  private static final String REFUSED = "error " + NativeSocket.ECONNREFUSED;
  private static final int MANY = 400;

  @TestFactory
  Stream<DynamicTest> clientsFromElsewhere() throws Exception {
    return Sandbox.run(Checks.class).entrySet().stream()
        .map(
            check -> dynamicTest(check.getKey(), () -> assertThat(check.getValue()).isEqualTo("")));
  }

  /** Runs in the sandbox. */
  static final class Checks implements Sandbox.Suite {
    @Override
    public List<String> addresses() {
      return List.of(A + "/32", A6 + "/128", Bed.NODE_IP + "/32");
    }

    @Override
    public List<String> localRanges() {
      return List.of(
          "10.101.0.0/16 src " + Bed.NODE_IP, "fd00:65::/64 src " + A6, VIP + "/32 src " + A);
    }

    @Override
    public Map<String, Sandbox.Check> checks() throws Exception {
      for (String backend : List.of(A, A6)) {
        // They end with the process.
        AutoCloseable _ = Bed.tcp(backend, 8080);
        AutoCloseable _ = Bed.udp(backend, 5353);
      }
      Map<String, Sandbox.Check> checks = new LinkedHashMap<>();
      checks.put("every kind of address is answered, and from itself", Checks::answered);
      checks.put("Services cost no sockets", Checks::sockets);
      checks.put("a Service that changes is followed", Checks::followed);
      checks.put("other ports of addresses that are here for Services are nobody's", Checks::guard);
      return checks;
    }

    /** Programs meet sockets of a cgroup that nobody is in. */
    private static SteeredNode node(Path cgroup) throws IOException {
      Path empty = cgroup.resolve("inside");
      if (!Files.isDirectory(empty)) {
        Files.createDirectory(empty);
      }
      return new SteeredNode(Bed.options(empty));
    }

    /** Who answers, with the patience that the first connection of a process may take. */
    private static String reach(String host, int port) {
      try (NativeSocket socket =
          host.indexOf(':') >= 0 ? NativeSocket.tcp6() : NativeSocket.tcp4()) {
        int error = socket.patience(10_000).connect(host, port);
        return error == 0 ? socket.receive() : "error " + error;
      }
    }

    private static ServiceInfo web() {
      return Bed.service(
          Bed.settings("web", "10.101.0.10")
              .clusterIp("fd00:65::10")
              .port("main", Protocol.TCP, 80, 30080)
              .loadBalancerIp(VIP),
          Bed.endpoints(Protocol.TCP, 8080, A),
          Bed.endpoints(Protocol.TCP, 8080, A6));
    }

    private static ServiceInfo names(String name, String... addresses) {
      var settings = Bed.settings(name, addresses[0]);
      for (int i = 1; i < addresses.length; i++) {
        settings = settings.clusterIp(addresses[i]);
      }
      return Bed.service(
          settings.port("main", Protocol.UDP, 53, 0),
          Bed.endpoints(Protocol.UDP, 5353, A),
          Bed.endpoints(Protocol.UDP, 5353, A6));
    }

    private static void answered(Path cgroup, Path pins) throws Exception {
      try (SteeredNode node = node(cgroup);
          NativeSocket four = NativeSocket.udp4().patience(5000);
          NativeSocket six = NativeSocket.udp6().patience(5000)) {
        node.publish(List.of(web(), names("names", "10.101.0.11", "fd00:65::11")));
        assertThat(reach("10.101.0.10", 80)).describedAs("ClusterIP").isEqualTo(A);
        assertThat(reach("fd00:65::10", 80)).describedAs("of IPv6").isEqualTo(A6);
        assertThat(reach(VIP, 80)).describedAs("load balancer").isEqualTo(A);
        assertThat(reach(Bed.NODE_IP, 30080)).describedAs("node port").isEqualTo(A);
        for (int i = 0; i < 3; i++) {
          assertThat(Bed.ask(four, "10.101.0.11", 53)).isEqualTo(A + " from 10.101.0.11:53");
          assertThat(Bed.ask(six, "fd00:65::11", 53)).isEqualTo(A6 + " from [fd00:65::11]:53");
        }
        assertThat(node.events).isEmpty();
      }
    }

    private static void sockets(Path cgroup, Path pins) throws Exception {
      try (SteeredNode node = node(cgroup);
          NativeSocket client = NativeSocket.udp4().patience(5000)) {
        List<ServiceInfo> services = new ArrayList<>(List.of(web()));
        node.publish(services);
        long before = openSockets();
        for (int i = 0; i < MANY; i++) {
          services.add(names("n" + i, "10.101." + (1 + i / 250) + "." + i % 250));
          services.add(
              Bed.service(
                  Bed.settings("w" + i, "10.101." + (11 + i / 250) + "." + i % 250)
                      .port("main", Protocol.TCP, 80, 0),
                  Bed.endpoints(Protocol.TCP, 8080, A)));
        }
        node.publish(services);
        assertThat(reach("10.101.12.149", 80)).isEqualTo(A);
        assertThat(Bed.ask(client, "10.101.2.149", 53)).isEqualTo(A + " from 10.101.2.149:53");
        assertThat(openSockets() - before)
            .describedAs("the flow's two sockets and the client's connection, if it lingers")
            .isLessThan(8);
      }
    }

    private static long openSockets() throws IOException {
      try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
        return open.filter(
                fd -> {
                  try {
                    return Files.readSymbolicLink(fd).toString().startsWith("socket:");
                  } catch (IOException _) {
                    return false;
                  }
                })
            .count();
      }
    }

    private static void followed(Path cgroup, Path pins) throws Exception {
      try (SteeredNode node = node(cgroup);
          NativeSocket client = NativeSocket.udp4().patience(5000)) {
        ServiceInfo names = names("names", "10.101.0.11");
        node.publish(List.of(web(), names));
        assertThat(Bed.ask(client, "10.101.0.11", 53)).isEqualTo(A + " from 10.101.0.11:53");
        node.publish(
            List.of(
                Bed.service(Bed.settings("web", "10.101.0.10").port("main", Protocol.TCP, 80, 0)),
                names));
        assertThat(reach("10.101.0.10", 80)).describedAs("no endpoints").isEqualTo(REFUSED);
        node.publish(List.of(web(), names));
        assertThat(reach("10.101.0.10", 80)).isEqualTo(A);
        node.publish(List.of(names));
        assertThat(reach("10.101.0.10", 80)).describedAs("no service").isEqualTo(REFUSED);
        assertThat(Bed.ask(client, "10.101.0.11", 53)).isEqualTo(A + " from 10.101.0.11:53");
      }
    }

    private static void guard(Path cgroup, Path pins) throws Exception {
      try (SteeredNode node = node(cgroup);
          NativeSocket everywhere = NativeSocket.tcp4()) {
        assertThat(everywhere.serve("0.0.0.0", 81)).isZero();
        node.publish(List.of(web()));
        assertThat(reach("10.101.0.10", 81)).describedAs("ClusterIP").isEqualTo(REFUSED);
        assertThat(Bed.call(VIP, 81)).describedAs("not guarded yet").isNotEqualTo(REFUSED);
        node.bpf.guard().add(List.of(IpAddress.parse(VIP)));
        assertThat(reach(VIP, 81)).isEqualTo(REFUSED);
        assertThat(reach(VIP, 80)).isEqualTo(A);
        assertThat(Bed.call(Bed.NODE_IP, 81)).describedAs("the node's own").isNotEqualTo(REFUSED);
        node.bpf.guard().remove(List.of(IpAddress.parse(VIP)));
        assertThat(Bed.call(VIP, 81)).isNotEqualTo(REFUSED);
      }
    }
  }
}
