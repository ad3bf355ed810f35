// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.TrafficPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Packets to service addresses from sockets that no program saw connect. */
@Tag("root")
class SteeringRootIT {
  private static final String A = "10.9.0.1";
  private static final String VIP = "203.0.113.6";
  private static final String REFUSED = "error " + NativeSocket.ECONNREFUSED;
  private static final String SILENCE = "error " + NativeSocket.EINPROGRESS;

  @TestFactory
  Stream<DynamicTest> packets() throws Exception {
    return Sandbox.run(Checks.class).entrySet().stream()
        .map(
            check -> dynamicTest(check.getKey(), () -> assertThat(check.getValue()).isEqualTo("")));
  }

  /** Runs in the sandbox, where all service addresses are local ones. */
  static final class Checks implements Sandbox.Suite {
    @Override
    public List<String> addresses() {
      return List.of(
          A + "/32",
          Bed.NODE_IP + "/32",
          "10.96.0.254/16",
          VIP + "/32",
          "fd00:96::fe/128",
          "fd00:96::10/128",
          "198.51.100.1/32");
    }

    @Override
    public Map<String, Sandbox.Check> checks() {
      Map<String, Sandbox.Check> checks = new LinkedHashMap<>();
      checks.put("a service address is given to the listening socket", Checks::steered);
      checks.put("what nobody answers is refused, whoever listens everywhere", Checks::guarded);
      checks.put("what is to be dropped hears nothing", Checks::silence);
      checks.put("source ranges count for packets", Checks::ranges);
      checks.put(
          "a socket bound to the address gets it where there is none for all", Checks::bound);
      return checks;
    }

    /** Programs meet sockets of a cgroup that nobody is in, and packets of this network. */
    private static Bed bed(Path cgroup) throws Exception {
      Path empty = cgroup.resolve("inside");
      if (!Files.isDirectory(empty)) {
        Files.createDirectory(empty);
      }
      return new Bed(empty);
    }

    private static void steered(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup);
          NativeSocket tcp4 = NativeSocket.tcp4();
          NativeSocket tcp6 = NativeSocket.tcp6();
          NativeSocket udp4 = NativeSocket.udp4();
          NativeSocket client4 = NativeSocket.tcp4();
          NativeSocket client6 = NativeSocket.tcp6();
          NativeSocket asker = NativeSocket.udp4()) {
        assertThat(tcp4.serve("127.0.0.1", 7000)).isZero();
        assertThat(tcp6.serve("::1", 7000)).isZero();
        assertThat(udp4.serve("127.0.0.1", 7000)).isZero();
        bed.proxier.steer(Steering.of(tcp4.fd(), tcp6.fd(), udp4.fd(), -1));
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10")
                    .clusterIp("fd00:96::10")
                    .port("main", Protocol.TCP, 80, 0)
                    .port("main", Protocol.UDP, 53, 0),
                Bed.endpoints(Protocol.TCP, 8080, A),
                Bed.endpoints(Protocol.TCP, 8080, "fd00:9::1"),
                Bed.endpoints(Protocol.UDP, 5353, A)));
        assertThat(client4.connect("10.96.0.10", 80)).isZero();
        assertThat(tcp4.accept()).isEqualTo("10.96.0.10:80");
        assertThat(client6.connect("fd00:96::10", 80)).isZero();
        assertThat(tcp6.accept()).isEqualTo("[fd00:96::10]:80");
        assertThat(asker.sendTo("10.96.0.10", 53, "question")).isZero();
        assertThat(udp4.receive()).startsWith("question from ");
      }
    }

    private static void guarded(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup);
          NativeSocket everywhere = NativeSocket.tcp4();
          NativeSocket asked = NativeSocket.udp4();
          NativeSocket asker = NativeSocket.udp4()) {
        assertThat(everywhere.serve("0.0.0.0", 81)).isZero();
        assertThat(asked.serve("0.0.0.0", 81)).isZero();
        bed.publish(Bed.web(A));
        assertThat(Bed.call("10.96.0.10", 81)).describedAs("before").isNotEqualTo(REFUSED);
        bed.proxier.steer(Steering.guard());
        assertThat(Bed.call("10.96.0.10", 81)).isEqualTo(REFUSED);
        assertThat(asker.connect("10.96.0.10", 81)).isZero();
        assertThat(asker.send("?")).isZero();
        assertThat(asker.receive()).isEqualTo(REFUSED);
        assertThat(Bed.call(Bed.NODE_IP, 81)).describedAs("no service").isNotEqualTo(REFUSED);
        bed.publish(Bed.web());
        assertThat(Bed.call("10.96.0.10", 80)).describedAs("no endpoints").isEqualTo(REFUSED);
      }
    }

    private static void silence(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup);
          SilentSockets silent = SilentSockets.open();
          NativeSocket asker = NativeSocket.udp4()) {
        bed.proxier.steer(Steering.guard().withSilent(silent));
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10")
                    .clusterIp("fd00:96::10")
                    .port("main", Protocol.TCP, 80, 0)
                    .port("main", Protocol.UDP, 53, 0)
                    .internalPolicy(TrafficPolicy.LOCAL),
                Bed.endpoints(
                    Protocol.TCP, 8080, Conditions.AVAILABLE, "elsewhere", A, "fd00:9::1"),
                Bed.endpoints(Protocol.UDP, 5353, Conditions.AVAILABLE, "elsewhere", A)));
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(SILENCE);
        assertThat(Bed.call("fd00:96::10", 80)).isEqualTo(SILENCE);
        assertThat(Bed.call("10.96.0.99", 80)).describedAs("of no service").isEqualTo(SILENCE);
        assertThat(asker.connect("10.96.0.10", 53)).isZero();
        assertThat(asker.send("?")).isZero();
        assertThat(asker.receive()).isEqualTo("error " + NativeSocket.EAGAIN);
      }
    }

    private static void ranges(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup);
          SilentSockets silent = SilentSockets.open();
          NativeSocket listener = NativeSocket.tcp4();
          NativeSocket admitted = NativeSocket.tcp4();
          NativeSocket other = NativeSocket.tcp4()) {
        assertThat(listener.serve("127.0.0.1", 7000)).isZero();
        bed.proxier.steer(Steering.of(listener.fd(), -1, -1, -1).withSilent(silent));
        bed.publish(
            Bed.service(
                Bed.settings("web", "10.96.0.10")
                    .port("main", Protocol.TCP, 80, 0)
                    .loadBalancerIp(VIP)
                    .sourceRange(IpPrefix.parse("198.51.100.0/24")),
                Bed.endpoints(Protocol.TCP, 8080, A)));
        assertThat(admitted.comeFrom("198.51.100.1")).isZero();
        assertThat(admitted.connect(VIP, 80)).isZero();
        assertThat(listener.accept()).isEqualTo(VIP + ":80");
        assertThat(other.comeFrom(A)).isZero();
        assertThat(other.connect(VIP, 80)).isEqualTo(NativeSocket.EINPROGRESS);
      }
    }

    private static void bound(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup);
          NativeSocket own = NativeSocket.tcp4();
          NativeSocket client = NativeSocket.tcp4()) {
        assertThat(own.serve("10.96.0.10", 80)).isZero();
        bed.proxier.steer(Steering.guard());
        bed.publish(Bed.web(A));
        assertThat(client.connect("10.96.0.10", 80)).isZero();
        assertThat(own.accept()).isEqualTo("10.96.0.10:80");
      }
    }
  }
}
