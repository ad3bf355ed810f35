// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.TrafficPolicy;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What sockets of a cgroup see of services. */
@Tag("root")
class SocketBalancingRootIT {
  private static final String A = "10.9.0.1";
  private static final String B = "10.9.0.2";
  private static final String SIX = "fd00:9::1";
  private static final String REFUSED = "error " + NativeSocket.ECONNREFUSED;
  private static final String UNREACHABLE = "error " + NativeSocket.ENETUNREACH;

  @TestFactory
  Stream<DynamicTest> sockets() throws Exception {
    return Sandbox.run(Checks.class).entrySet().stream()
        .map(
            check -> dynamicTest(check.getKey(), () -> assertThat(check.getValue()).isEqualTo("")));
  }

  /** Runs in the sandbox. */
  static final class Checks implements Sandbox.Suite {
    @Override
    public List<String> addresses() {
      return List.of(A + "/32", B + "/32", SIX + "/128", Bed.NODE_IP + "/32");
    }

    @Override
    public Map<String, Sandbox.Check> checks() throws Exception {
      for (String backend : List.of(A, B, SIX)) {
        // They end with the process.
        AutoCloseable _ = Bed.tcp(backend, 8080);
        AutoCloseable _ = Bed.udp(backend, 5353);
      }
      Map<String, Sandbox.Check> checks = new LinkedHashMap<>();
      checks.put("TCP: a ClusterIP reaches all endpoints and no other", Checks::clusterIp);
      checks.put("TCP: the peer is called by the service address", Checks::peerName);
      checks.put("TCP: IPv6, and IPv4 through an IPv6 socket", Checks::families);
      checks.put("TCP: endpoints come and go", Checks::endpointsChange);
      checks.put("TCP: no endpoints, other ports and protocols are refused", Checks::refused);
      checks.put("TCP: policy Local without endpoints is not answered", Checks::dropped);
      checks.put("TCP: node ports answer at the node's addresses", Checks::nodePorts);
      checks.put("TCP: external addresses have the endpoints of all nodes", Checks::external);
      checks.put("TCP: load balancer addresses with source ranges are left alone", Checks::ranged);
      checks.put("TCP: a service that is gone is nobody's", Checks::removed);
      checks.put("TCP: an address has the service that came first", Checks::conflict);
      checks.put("affinity: a client keeps its endpoint on all addresses", Checks::affinity);
      checks.put(
          "affinity: clients forget after the timeout and with the endpoint", Checks::forget);
      checks.put("UDP: answers come from the service address", Checks::udpAnswers);
      checks.put("UDP: a socket keeps its endpoint while others change", Checks::udpStable);
      checks.put("UDP: a socket talks to more services than it remembers", Checks::udpMany);
      checks.put("UDP: who asks the endpoint itself hears from the endpoint", Checks::udpDirect);
      checks.put("UDP: no endpoints are refused", Checks::udpRefused);
      checks.put("UDP: connected sockets of a removed endpoint end, others not", Checks::udpEnds);
      checks.put("sockets that are to be left alone are", Checks::skipped);
      checks.put("affinity: a pod is known by its address", Checks::podAddress);
      checks.put("the rows of an address are told in words", Checks::words);
      return checks;
    }

    private static Set<String> callers(String host, int port, int calls) {
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < calls; i++) {
        seen.add(Bed.call(host, port));
      }
      return seen;
    }

    private static void clusterIp(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(Bed.web(A, B));
        assertThat(callers("10.96.0.10", 80, 40)).containsExactlyInAnyOrder(A, B);
        assertThat(bed.proxier.counters()).containsEntry("forwarded", 40L);
      }
      assertThat(Bed.call("10.96.0.10", 80)).describedAs("detached").isEqualTo(UNREACHABLE);
    }

    private static void peerName(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket four = NativeSocket.tcp4();
          NativeSocket six = NativeSocket.tcp6();
          NativeSocket direct = NativeSocket.tcp4()) {
        bed.publish(Bed.web(A));
        assertThat(four.connect("10.96.0.10", 80)).isZero();
        assertThat(four.peer()).isEqualTo("10.96.0.10:80");
        assertThat(six.connect("10.96.0.10", 80)).isZero();
        assertThat(six.peer()).isEqualTo("10.96.0.10:80");
        assertThat(direct.connect(A, 8080)).isZero();
        assertThat(direct.peer()).isEqualTo(A + ":8080");
      }
    }

    private static void families(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        ServiceSettingsBuilder settings =
            Bed.settings("web", "10.96.0.10")
                .clusterIp("fd00:96::10")
                .port("main", Protocol.TCP, 80, 0);
        bed.publish(
            Bed.service(
                settings,
                Bed.endpoints(Protocol.TCP, 8080, A),
                Bed.endpoints(Protocol.TCP, 8080, SIX)));
        assertThat(Bed.call("10.96.0.10", 80, true)).isEqualTo(A);
        assertThat(Bed.call("10.96.0.10", 80, false)).isEqualTo(A);
        assertThat(Bed.call("fd00:96::10", 80)).isEqualTo(SIX);
        assertThat(Bed.call("fd00:96::10", 81)).isEqualTo(REFUSED);
      }
    }

    private static void endpointsChange(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(Bed.web(A));
        bed.publish(Bed.web(A, B));
        assertThat(callers("10.96.0.10", 80, 40)).containsExactlyInAnyOrder(A, B);
        bed.publish(Bed.web(B));
        assertThat(callers("10.96.0.10", 80, 10)).containsExactly(B);
        bed.publish(Bed.web());
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(REFUSED);
        bed.publish(Bed.web(A));
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
      }
    }

    private static void refused(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket udp = NativeSocket.udp4()) {
        bed.publish(Bed.web());
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(REFUSED);
        assertThat(Bed.call("10.96.0.10", 80, true)).isEqualTo(REFUSED);
        bed.publish(Bed.web(A));
        assertThat(Bed.call("10.96.0.10", 81)).isEqualTo(REFUSED);
        assertThat(udp.connect("10.96.0.10", 80)).isEqualTo(NativeSocket.ECONNREFUSED);
        assertThat(bed.proxier.counters()).containsEntry("rejected", 4L);
      }
    }

    private static void dropped(Path cgroup, Path pins) throws Exception {
      ServiceInfo elsewhere =
          Bed.service(
              Bed.settings("web", "10.96.0.10")
                  .port("main", Protocol.TCP, 80, 0)
                  .internalPolicy(TrafficPolicy.LOCAL),
              Bed.endpoints(Protocol.TCP, 8080, Conditions.AVAILABLE, "elsewhere", A));
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(elsewhere);
        // The network of the test has no route to anywhere, or the answer would be a timeout.
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
        assertThat(bed.proxier.counters()).containsEntry("dropped", 1L);
      }
      try (Bed bed = new Bed(Bed.options(cgroup).withFailFast(true), List.of())) {
        bed.publish(elsewhere);
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo("error " + NativeSocket.EHOSTUNREACH);
        assertThat(Bed.call("10.96.0.99", 80)).isEqualTo("error " + NativeSocket.EHOSTUNREACH);
        assertThat(Bed.call("10.97.0.99", 80)).isEqualTo(UNREACHABLE);
      }
    }

    private static void nodePorts(Path cgroup, Path pins) throws Exception {
      BpfOptions options =
          Bed.options(cgroup).withNodePortAddresses(List.of("primary", "localhost"));
      List<IpAddress> machine = List.of(IpAddress.parse(Bed.NODE_IP), IpAddress.parse("127.0.0.1"));
      try (Bed bed = new Bed(options, machine)) {
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10").port("main", Protocol.TCP, 80, 30080),
                Bed.endpoints(Protocol.TCP, 8080, Conditions.AVAILABLE, "elsewhere", A)));
        assertThat(Bed.call(Bed.NODE_IP, 30080)).isEqualTo(A);
        assertThat(Bed.call("127.0.0.1", 30080)).isEqualTo(A);
        assertThat(Bed.call("0.0.0.0", 30080)).isEqualTo(A);
        assertThat(Bed.call(B, 30080))
            .describedAs("not an address of node ports")
            .isEqualTo(REFUSED);
        assertThat(Bed.call("198.51.100.7", 30080))
            .describedAs("another node")
            .isEqualTo(UNREACHABLE);
      }
    }

    private static void external(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10")
                    .port("main", Protocol.TCP, 80, 0)
                    .externalIp("203.0.113.5")
                    .loadBalancerIp("203.0.113.6")
                    .externalPolicy(TrafficPolicy.LOCAL)
                    .internalPolicy(TrafficPolicy.LOCAL),
                Bed.endpoints(Protocol.TCP, 8080, A),
                Bed.endpoints(Protocol.TCP, 8080, Conditions.AVAILABLE, "elsewhere", B)));
        assertThat(callers("10.96.0.10", 80, 20)).containsExactly(A);
        assertThat(callers("203.0.113.5", 80, 40)).containsExactlyInAnyOrder(A, B);
        assertThat(callers("203.0.113.6", 80, 40)).containsExactlyInAnyOrder(A, B);
        assertThat(Bed.call("203.0.113.5", 81))
            .describedAs("a port it does not have")
            .isEqualTo(UNREACHABLE);
      }
    }

    private static void ranged(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10")
                    .port("main", Protocol.TCP, 80, 0)
                    .loadBalancerIp("203.0.113.6")
                    .sourceRange(IpPrefix.parse("198.51.100.0/24")),
                Bed.endpoints(Protocol.TCP, 8080, A)));
        assertThat(Bed.call("203.0.113.6", 80)).isEqualTo(UNREACHABLE);
        assertThat(bed.proxier.counters()).containsEntry("steered", 1L);
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
      }
    }

    private static void removed(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(Bed.web(A));
        bed.remove("web");
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
        assertThat(bed.proxier.rows(IpAddress.parse("10.96.0.10"), 80, Protocol.TCP)).isEmpty();
      }
    }

    private static void conflict(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(Bed.web(A));
        bed.publish(
            Bed.service(
                Bed.settings("late", "10.96.0.10").port("main", Protocol.TCP, 80, 0),
                Bed.endpoints(Protocol.TCP, 8080, B)));
        assertThat(callers("10.96.0.10", 80, 10)).containsExactly(A);
        assertThat(bed.events).singleElement().asString().startsWith("ns/late FrontendConflict");
        bed.remove("web");
        assertThat(callers("10.96.0.10", 80, 10)).containsExactly(B);
      }
    }

    private static ServiceInfo sticky(int seconds, String... addresses) {
      return Bed.service(
          Bed.settings("web", "10.96.0.10")
              .port("main", Protocol.TCP, 80, 30080)
              .externalIp("203.0.113.5")
              .affinitySeconds(seconds),
          Bed.endpoints(Protocol.TCP, 8080, addresses));
    }

    private static void affinity(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(sticky(100, A, B));
        Set<String> seen = callers("10.96.0.10", 80, 15);
        assertThat(seen).hasSize(1);
        assertThat(callers("203.0.113.5", 80, 15)).isEqualTo(seen);
        assertThat(callers(Bed.NODE_IP, 30080, 15)).isEqualTo(seen);
        assertThat(bed.proxier.counters()).containsEntry("sticky", 44L);
      }
    }

    private static void forget(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(sticky(100, A, B));
        String first = Bed.call("10.96.0.10", 80);
        String other = first.equals(A) ? B : A;
        bed.publish(sticky(100, other));
        assertThat(callers("10.96.0.10", 80, 5)).containsExactly(other);
        bed.publish(sticky(100, A, B));
        assertThat(callers("10.96.0.10", 80, 15)).containsExactly(other);
        bed.publish(sticky(0, A, B));
        assertThat(callers("10.96.0.10", 80, 40)).containsExactlyInAnyOrder(A, B);
      }
    }

    private static void udpAnswers(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket four = NativeSocket.udp4();
          NativeSocket six = NativeSocket.udp6();
          NativeSocket connected = NativeSocket.udp4()) {
        bed.publish(Bed.names(A));
        assertThat(Bed.ask(four, "10.96.0.11", 53)).isEqualTo(A + " from 10.96.0.11:53");
        assertThat(Bed.ask(six, "10.96.0.11", 53)).isEqualTo(A + " from 10.96.0.11:53");
        assertThat(connected.connect("10.96.0.11", 53)).isZero();
        assertThat(connected.peer()).isEqualTo("10.96.0.11:53");
        assertThat(connected.send("?")).isZero();
        assertThat(connected.receive()).isEqualTo(A + " from 10.96.0.11:53");
      }
    }

    private static void udpStable(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket socket = NativeSocket.udp4()) {
        bed.publish(Bed.names(A, B));
        String first = Bed.ask(socket, "10.96.0.11", 53);
        String kept = first.startsWith(A) ? A : B;
        String other = kept.equals(A) ? B : A;
        for (int i = 0; i < 10; i++) {
          bed.publish(i % 2 == 0 ? Bed.names(kept) : Bed.names(A, B));
          assertThat(Bed.ask(socket, "10.96.0.11", 53)).isEqualTo(first);
        }
        bed.publish(Bed.names(other));
        assertThat(Bed.ask(socket, "10.96.0.11", 53)).isEqualTo(other + " from 10.96.0.11:53");
      }
    }

    private static void udpMany(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket socket = NativeSocket.udp4()) {
        ServiceInfo[] services = new ServiceInfo[6];
        for (int i = 0; i < services.length; i++) {
          AutoCloseable _ = Bed.udp(A, 5400 + i);
          services[i] =
              Bed.service(
                  Bed.settings("names-" + i, "10.96.1." + i).port("main", Protocol.UDP, 53, 0),
                  Bed.endpoints(Protocol.UDP, 5400 + i, A));
        }
        bed.publish(services);
        for (int round = 0; round < 2; round++) {
          for (int i = 0; i < services.length; i++) {
            String vip = "10.96.1." + i;
            assertThat(Bed.ask(socket, vip, 53)).isEqualTo(A + " from " + vip + ":53");
          }
        }
      }
    }

    private static void udpDirect(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket socket = NativeSocket.udp4()) {
        bed.publish(Bed.names(A));
        assertThat(Bed.ask(socket, "10.96.0.11", 53)).isEqualTo(A + " from 10.96.0.11:53");
        assertThat(Bed.ask(socket, A, 5353)).isEqualTo(A + " from " + A + ":5353");
      }
    }

    private static void udpRefused(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket socket = NativeSocket.udp4();
          NativeSocket connected = NativeSocket.udp6()) {
        bed.publish(Bed.names());
        assertThat(Bed.ask(socket, "10.96.0.11", 53)).isEqualTo(REFUSED);
        assertThat(connected.connect("10.96.0.11", 53)).isEqualTo(NativeSocket.ECONNREFUSED);
        bed.publish(Bed.names(A));
        assertThat(Bed.ask(socket, "10.96.0.11", 53)).isEqualTo(A + " from 10.96.0.11:53");
      }
    }

    private static void udpEnds(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup);
          NativeSocket direct = NativeSocket.udp4();
          NativeSocket unconnected = NativeSocket.udp4();
          NativeSocket through = NativeSocket.udp4();
          NativeSocket mapped = NativeSocket.udp6()) {
        bed.publish(Bed.names(A));
        assertThat(direct.connect(A, 5353)).isZero();
        assertThat(Bed.ask(unconnected, "10.96.0.11", 53)).startsWith(A);
        assertThat(through.connect("10.96.0.11", 53)).isZero();
        assertThat(mapped.connect("10.96.0.11", 53)).isZero();
        bed.publish(Bed.names(B));
        assertThat(through.receive()).isEqualTo("error " + NativeSocket.ECONNABORTED);
        assertThat(mapped.receive()).isEqualTo("error " + NativeSocket.ECONNABORTED);
        assertThat(Bed.ask(unconnected, "10.96.0.11", 53)).startsWith(B);
        assertThat(direct.send("?")).isZero();
        assertThat(direct.receive()).startsWith(A);
        assertThat(through.connect("10.96.0.11", 53)).isZero();
        assertThat(through.send("?")).isZero();
        assertThat(through.receive()).startsWith(B);
      }
    }

    private static void skipped(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(Bed.web(A));
        bed.proxier.skip(List.of(), List.of(cgroup));
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
        bed.proxier.skip(List.of(NetworkNamespaces.OWN), List.of());
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
        bed.proxier.skip(List.of(), List.of());
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
      }
    }

    private static void podAddress(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        bed.publish(sticky(100, A, B));
        String first = Bed.call("10.96.0.10", 80);
        bed.proxier.setPodAddresses(Map.of(NetworkNamespaces.OWN, IpAddress.parse("10.9.0.77")));
        assertThat(callers("10.96.0.10", 80, 5)).hasSize(1);
        assertThat(bed.proxier.elements("affinities"))
            .describedAs("one by namespace, one by address")
            .isEqualTo(2);
        bed.proxier.setPodAddresses(Map.of());
        assertThat(callers("10.96.0.10", 80, 5)).containsExactly(first);
      }
    }

    private static void words(Path cgroup, Path pins) throws Exception {
      try (Bed bed = new Bed(cgroup)) {
        SliceEndpoints slice = Bed.endpoints(Protocol.TCP, 8080, A, B);
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10").port("main", Protocol.TCP, 80, 30080), slice));
        assertThat(bed.proxier.rows(IpAddress.parse("10.96.0.10"), 80, Protocol.TCP))
            .containsExactly(
                "frontends: 10.96.0.10:80/TCP of service ns/web, cluster ip: sockets of this node"
                    + " are forwarded to set 1 of 2; packets from inside are forwarded, from"
                    + " outside are forwarded",
                "groups: set 1 is [10.9.0.1:8080, 10.9.0.2:8080]");
        assertThat(bed.proxier.rows(IpAddress.parse(Bed.NODE_IP), 30080, Protocol.TCP))
            .first()
            .asString()
            .isEqualTo("node_addresses: 192.0.2.1 answers node ports");
        assertThat(bed.proxier.rows(IpAddress.parse("10.96.0.10"), 80, Protocol.UDP))
            .singleElement()
            .asString()
            .contains("other ports", "are refused");
        assertThat(bed.proxier.rows(IpAddress.parse("10.96.0.12"), 80, Protocol.TCP)).isEmpty();
      }
    }
  }
}
