// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What is in the kernel while proxiers come and go, and while there gets to be more of it. */
@Tag("root")
class LifecycleRootIT {
  private static final String A = "10.9.0.1";
  private static final String B = "10.9.0.2";
  private static final String UNREACHABLE = "error " + NativeSocket.ENETUNREACH;
  private static final String REFUSED = "error " + NativeSocket.ECONNREFUSED;

  @TestFactory
  Stream<DynamicTest> lifecycle() throws Exception {
    return Sandbox.run(Checks.class).entrySet().stream()
        .map(
            check -> dynamicTest(check.getKey(), () -> assertThat(check.getValue()).isEqualTo("")));
  }

  /** Runs in the sandbox. */
  static final class Checks implements Sandbox.Suite {
    @Override
    public List<String> addresses() {
      return List.of(A + "/32", B + "/32", Bed.NODE_IP + "/32");
    }

    @Override
    public Map<String, Sandbox.Check> checks() throws Exception {
      for (String backend : List.of(A, B)) {
        // They end with the process.
        AutoCloseable _ = Bed.tcp(backend, 8080);
        AutoCloseable _ = Bed.udp(backend, 5353);
      }
      Map<String, Sandbox.Check> checks = new LinkedHashMap<>();
      checks.put("pinned programs go on without a proxier", Checks::goesOn);
      checks.put("the next proxier writes only what is different", Checks::adopts);
      checks.put("what is pinned can be read without the proxier", Checks::readFromOutside);
      checks.put("affinity outlives the proxier", Checks::affinityStays);
      checks.put(
          "UDP sockets of endpoints that went in between end", Checks::endpointWentInBetween);
      checks.put("a snapshot without a difference writes nothing", Checks::unchanged);
      checks.put("old sets are removed after a while", Checks::collected);
      checks.put("maps grow, with what is in them", Checks::grows);
      checks.put("source ranges come and go with their service", Checks::sourceRanges);
      checks.put("node ports follow the machine's addresses", Checks::addressesChange);
      checks.put("cleanup leaves nothing", Checks::cleanup);
      checks.put("the self-test sends a process through a service", Checks::selfTest);
      return checks;
    }

    private static Bed bed(Path cgroup, Path pins) {
      return new Bed(
          Bed.options(cgroup).withPins(pins.resolve("fairway")),
          List.of(IpAddress.parse(Bed.NODE_IP)));
    }

    private static String set(Bed bed, String address, int port, Protocol protocol) {
      String row = bed.proxier.rows(IpAddress.parse(address), port, protocol).get(0);
      return row.replaceAll(".* set ([0-9]+) of .*", "$1");
    }

    private static void goesOn(Path cgroup, Path pins) throws Exception {
      Bed first = bed(cgroup, pins);
      first.start(Bed.web(A));
      try (NativeSocket open = NativeSocket.tcp4()) {
        assertThat(open.connect("10.96.0.10", 80)).isZero();
        first.proxier.close();
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
        assertThat(open.peer()).isEqualTo("10.96.0.10:80");
        try (Bed next = bed(cgroup, pins)) {
          next.start();
          assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
          assertThat(open.peer()).isEqualTo("10.96.0.10:80");
        }
      }
    }

    private static void readFromOutside(Path cgroup, Path pins) throws Exception {
      Bed bed = bed(cgroup, pins);
      bed.start(Bed.web(A, B));
      List<String> rows = bed.proxier.rows(IpAddress.parse("10.96.0.10"), 80, Protocol.TCP);
      bed.proxier.close();
      try (PinnedMaps maps = PinnedMaps.open(pins.resolve("fairway")).orElseThrow()) {
        assertThat(maps.rows(IpAddress.parse("10.96.0.10"), 80, Protocol.TCP))
            .containsExactlyElementsOf(
                rows.stream().map(row -> row.replaceAll(" of service [^,]+", "")).toList())
            .hasSize(2);
        assertThat(maps.rows(IpAddress.parse("10.96.0.10"), 81, Protocol.TCP))
            .singleElement()
            .asString()
            .contains("other ports");
        assertThat(maps.rows(IpAddress.parse("192.0.2.1"), 80, Protocol.TCP)).isEmpty();
      }
      assertThat(PinnedMaps.open(pins.resolve("another"))).isEmpty();
      try (Bed next = bed(cgroup, pins)) {
        next.start();
      }
    }

    private static void adopts(Path cgroup, Path pins) throws Exception {
      ServiceInfo same =
          Bed.service(
              Bed.settings("same", "10.96.0.12")
                  .port("main", Protocol.TCP, 80, 0)
                  .externalIp("203.0.113.5"),
              Bed.endpoints(Protocol.TCP, 8080, A, B));
      ServiceInfo gone =
          Bed.service(
              Bed.settings("gone", "10.96.0.13").port("main", Protocol.TCP, 80, 0),
              Bed.endpoints(Protocol.TCP, 8080, B));
      Bed first = bed(cgroup, pins);
      first.start(same);
      first.publish(gone);
      first.publish(Bed.web(A));
      first.publish(Bed.names(A));
      String kept = set(first, "10.96.0.12", 80, Protocol.TCP);
      String keptNames = set(first, "10.96.0.11", 53, Protocol.UDP);
      first.proxier.close();
      try (Bed next = bed(cgroup, pins)) {
        next.start(same, Bed.web(B), Bed.names(A));
        assertThat(set(next, "10.96.0.12", 80, Protocol.TCP)).isEqualTo(kept);
        assertThat(set(next, "203.0.113.5", 80, Protocol.TCP)).isEqualTo(kept);
        assertThat(set(next, "10.96.0.11", 53, Protocol.UDP)).isEqualTo(keptNames);
        assertThat(set(next, "10.96.0.10", 80, Protocol.TCP)).isEqualTo("5");
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(B);
        assertThat(Bed.call("10.96.0.13", 80)).isEqualTo(UNREACHABLE);
        next.publish(Bed.web(A));
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
      }
    }

    private static void affinityStays(Path cgroup, Path pins) throws Exception {
      ServiceInfo sticky =
          Bed.service(
              Bed.settings("web", "10.96.0.10")
                  .port("main", Protocol.TCP, 80, 0)
                  .affinitySeconds(100),
              Bed.endpoints(Protocol.TCP, 8080, A, B));
      Bed first = bed(cgroup, pins);
      first.start(sticky);
      String endpoint = Bed.call("10.96.0.10", 80);
      first.proxier.close();
      try (Bed next = bed(cgroup, pins)) {
        next.start(sticky);
        for (int i = 0; i < 15; i++) {
          assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(endpoint);
        }
      }
    }

    private static void endpointWentInBetween(Path cgroup, Path pins) throws Exception {
      Bed first = bed(cgroup, pins);
      first.start(Bed.names(A));
      try (NativeSocket client = NativeSocket.udp4()) {
        assertThat(client.connect("10.96.0.11", 53)).isZero();
        first.proxier.close();
        try (Bed next = bed(cgroup, pins)) {
          next.start(Bed.names(B));
          assertThat(client.receive()).isEqualTo("error " + NativeSocket.ECONNABORTED);
        }
      }
    }

    private static void unchanged(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup, pins)) {
        bed.start(Bed.web(A, B));
        String set = set(bed, "10.96.0.10", 80, Protocol.TCP);
        bed.publish(Bed.web(A, B));
        bed.start(Bed.web(A, B));
        assertThat(set(bed, "10.96.0.10", 80, Protocol.TCP)).isEqualTo(set);
      }
    }

    private static void collected(Path cgroup, Path pins) throws Exception {
      try (Bed bed = bed(cgroup, pins)) {
        bed.start(Bed.names(A, B));
        bed.publish(Bed.names(A));
        assertThat(bed.proxier.elements("groups")).isEqualTo(2);
        bed.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        bed.proxier.collect();
        assertThat(bed.proxier.elements("groups")).isEqualTo(1);
        assertThat(bed.proxier.elements("members")).isEqualTo(1);
        bed.remove("names");
        bed.skippedNanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        bed.proxier.collect();
        assertThat(bed.proxier.elements("groups")).isZero();
        assertThat(bed.proxier.elements("members")).isZero();
        assertThat(bed.proxier.elements("frontends")).isZero();
      }
    }

    private static void grows(Path cgroup, Path pins) throws Exception {
      Bed first = bed(cgroup, pins);
      first.start(Bed.web(A));
      ServiceInfo[] services = new ServiceInfo[6000];
      for (int i = 0; i < services.length; i++) {
        ServiceSettingsBuilder settings =
            Bed.settings("s" + i, "10.97." + i / 250 + "." + i % 250)
                .port("main", Protocol.UDP, 53, 0);
        services[i] = Bed.service(settings, Bed.endpoints(Protocol.UDP, 5353, A, B));
      }
      first.publish(services);
      assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
      assertThat(first.proxier.elements("frontends")).isEqualTo(2 * 6001);
      assertThat(first.proxier.elements("members")).isEqualTo(2 * 6000);
      first.proxier.close();
      assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(A);
      try (Bed next = bed(cgroup, pins);
          NativeSocket client = NativeSocket.udp4()) {
        next.start(services);
        assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
        assertThat(Bed.ask(client, "10.97.23.249", 53)).endsWith(" from 10.97.23.249:53");
        assertThat(next.proxier.elements("frontends")).isEqualTo(2 * 6000);
      }
    }

    private static void sourceRanges(Path cgroup, Path pins) throws Exception {
      ServiceSettingsBuilder settings =
          Bed.settings("web", "10.96.0.10")
              .port("main", Protocol.TCP, 80, 0)
              .loadBalancerIp("203.0.113.6")
              .sourceRange(IpPrefix.parse("198.51.100.0/24"));
      try (Bed bed = bed(cgroup, pins)) {
        bed.start(Bed.service(settings));
        assertThat(bed.proxier.elements("source_ranges")).isEqualTo(1);
        bed.publish(Bed.service(settings.sourceRange(IpPrefix.parse("192.0.2.0/24"))));
        assertThat(bed.proxier.elements("source_ranges"))
            .describedAs("with the load balancer's own address, as the node is admitted")
            .isEqualTo(3);
        bed.remove("web");
        assertThat(bed.proxier.elements("source_ranges")).isZero();
      }
    }

    private static void addressesChange(Path cgroup, Path pins) throws Exception {
      List<IpAddress> machine = new java.util.concurrent.CopyOnWriteArrayList<>();
      try (Bed bed =
          new Bed(Bed.options(cgroup).withNodePortAddresses(List.of("10.9.0.2/32")), machine)) {
        bed.start(
            Bed.service(
                Bed.settings("web", "10.96.0.10").port("main", Protocol.TCP, 80, 30080),
                Bed.endpoints(Protocol.TCP, 8080, A)));
        assertThat(Bed.call(B, 30080)).isEqualTo(REFUSED);
        machine.add(IpAddress.parse(B));
        bed.proxier.refreshAddresses();
        assertThat(Bed.call(B, 30080)).isEqualTo(A);
        machine.clear();
        bed.proxier.refreshAddresses();
        assertThat(Bed.call(B, 30080)).isEqualTo(REFUSED);
      }
    }

    private static void cleanup(Path cgroup, Path pins) throws Exception {
      Bed bed = bed(cgroup, pins);
      bed.start(Bed.web(A));
      assertThat(pins.resolve("fairway").resolve("v1")).isNotEmptyDirectory();
      bed.close();
      assertThat(Files.exists(pins.resolve("fairway").resolve("v1"))).isFalse();
      assertThat(Bed.call("10.96.0.10", 80)).isEqualTo(UNREACHABLE);
      Bed ended = bed(cgroup, pins);
      ended.start(Bed.web(A));
      ended.proxier.close();
      bed(cgroup, pins).close();
      assertThat(Bed.call("10.96.0.10", 80)).describedAs("left by another").isEqualTo(UNREACHABLE);
    }

    private static void selfTest(Path cgroup, Path pins) throws Exception {
      BpfSelfTest.Result result = BpfSelfTest.run(cgroup, Duration.ofSeconds(10));
      assertThat(result.failure()).isEmpty();
      assertThat(result.passed())
          .containsExactly(
              "programs are attached and maps are written",
              "a service address leads to an endpoint",
              "what nobody answers is refused",
              "packets are given to sockets",
              "sockets know service addresses only, of TCP and UDP",
              "connected UDP sockets of endpoints that are gone end");
      assertThat(result.missing()).isEmpty();
      assertThat(result.canSteer()).isTrue();
      assertThat(BpfSelfTest.run(pins.resolve("none"), Duration.ofSeconds(10)).failure())
          .startsWith("cannot make a cgroup below");
    }
  }
}
