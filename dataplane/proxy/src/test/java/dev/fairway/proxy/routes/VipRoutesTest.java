// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.proxy.routes.VipRoutes.Link;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which addresses get a route, and when it goes. */
final class VipRoutesTest {
  private static final String NODE = "192.168.0.2";

  @TempDir Path conf;
  private final FakeTable table = new FakeTable();
  private final List<String> events = new ArrayList<>();
  private final BlockingQueue<String> scripts = new LinkedBlockingQueue<>();
  private long nanos;
  private VipRoutes routes;
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  /** What the kernel would have. */
  private static final class FakeTable implements RouteTable {
    final TreeSet<IpAddress> ours = new TreeSet<>();
    final Set<IpAddress> machine = new HashSet<>(Set.of(IpAddress.parse(NODE)));
    final List<Route> added = new ArrayList<>();
    boolean refuses;

    @Override
    public Set<IpAddress> present() {
      return ours;
    }

    @Override
    public Set<IpAddress> add(List<Route> list) throws IOException {
      if (refuses) {
        throw new IOException("not permitted");
      }
      Set<IpAddress> left = new HashSet<>();
      for (Route route : list) {
        if (machine.contains(route.address())) {
          left.add(route.address());
        } else {
          assertThat(ours.add(route.address())).as("%s is new", route).isTrue();
          added.add(route);
        }
      }
      return left;
    }

    @Override
    public void remove(Collection<IpAddress> addresses) {
      assertThat(ours).containsAll(addresses);
      ours.removeAll(addresses);
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void start() throws IOException {
    for (String device : List.of("all", "eth0")) {
      Path folder = Files.createDirectories(conf.resolve("ipv4/conf").resolve(device));
      Files.writeString(folder.resolve("arp_ignore"), "0");
    }
    open();
  }

  private void open() throws IOException {
    routes =
        new VipRoutes(
            table,
            new VipRoutes.Options(
                List.of(IpAddress.parse(NODE), IpAddress.parse("fd00::2")),
                Set.of(IpAddress.parse("198.51.100.6")),
                () -> List.of(new Link("eth0", IpPrefix.parse("192.168.0.0/24")))),
            new KernelSwitches(conf),
            new VipGuard(script -> {
              scripts.add(script);
              return null;
            }),
            (service, reason, message) -> events.add(service + " " + reason + " " + message),
            () -> nanos);
  }

  @AfterEach
  void end() {
    routes.close();
  }

  @Test
  void everyAddressOfAServiceIsLocalFromTheNodesAddress() {
    sync(
        service("web")
            .clusterIp("10.96.0.10")
            .clusterIp("fd00:96::a")
            .externalIp("203.0.113.5")
            .loadBalancerIp(IpAddress.parse("203.0.113.6")));
    assertThat(ours())
        .containsExactlyInAnyOrder("10.96.0.10", "203.0.113.5", "203.0.113.6", "fd00:96::a");
    assertThat(table.added)
        .allSatisfy(route ->
            assertThat(route.source().toString())
                .isEqualTo(route.address().isV4() ? NODE : "fd00::2"));
  }

  @Test
  void addressesOfTheMachineAndOfLoopbackAreLeftAlone() {
    sync(service("web").clusterIp("127.96.0.1").externalIp(NODE).externalIp("224.0.0.1"));
    assertThat(ours()).isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void anExternalIpDoesNotTakeAnotherMachinesTraffic() {
    sync(service("web").clusterIp("10.96.0.10").externalIp("192.168.0.77"));
    sync(service("api").clusterIp("10.96.0.11").externalIp("198.51.100.6"));
    assertThat(ours()).containsExactly("10.96.0.10", "10.96.0.11");
    assertThat(events)
        .anySatisfy(e -> assertThat(e).startsWith("ns/web BindFailed 192.168.0.77 is not made"))
        .anySatisfy(e -> assertThat(e).startsWith("ns/api BindFailed 198.51.100.6 is not made"))
        .hasSize(2);
  }

  @Test
  void aLoadBalancersAddressOfTheSameNetworkIsLocalButNotAnsweredByArp() throws Exception {
    sync(service("web").clusterIp("10.96.0.10").loadBalancerIp(IpAddress.parse("192.168.0.200")));
    assertThat(ours()).contains("192.168.0.200");
    assertThat(Files.readString(conf.resolve("ipv4/conf/eth0/arp_ignore"))).isEqualTo("1");
  }

  @Test
  void twoServicesMayShareAnAddressUntilTheLastOneGoes() {
    sync(service("a").clusterIp("10.96.0.1").externalIp("203.0.113.5"));
    sync(service("b").clusterIp("10.96.0.2").externalIp("203.0.113.5"));
    remove("a");
    assertThat(ours()).contains("203.0.113.5");
    remove("b");
    assertThat(ours()).doesNotContain("203.0.113.5");
  }

  @Test
  void aClusterIpStaysForAWhileSoThatOpenConnectionsGoOn() {
    sync(service("web").clusterIp("10.96.0.10"));
    remove("web");
    nanos += Duration.ofMinutes(5).toNanos() - 1;
    routes.refresh();
    assertThat(ours()).containsExactly("10.96.0.10");
    nanos++;
    routes.refresh();
    assertThat(ours()).isEmpty();
  }

  @Test
  void aClusterIpThatComesBackStays() {
    sync(service("web").clusterIp("10.96.0.10"));
    remove("web");
    sync(service("other").clusterIp("10.96.0.10"));
    nanos += Duration.ofHours(1).toNanos();
    routes.refresh();
    assertThat(ours()).containsExactly("10.96.0.10");
  }

  @Test
  void aRestartAdoptsWhatIsThereAndRemovesTheRestOnceItServes() throws Exception {
    table.ours.add(IpAddress.parse("10.96.0.10"));
    table.ours.add(IpAddress.parse("10.96.0.99"));
    open();
    SnapshotDelta delta = next(service("web").clusterIp("10.96.0.10"));
    routes.prepare(delta);
    assertThat(ours()).containsExactly("10.96.0.10", "10.96.0.99");
    assertThat(table.added).isEmpty();
    routes.retire();
    assertThat(ours()).containsExactly("10.96.0.10");
  }

  @Test
  void anAddressThatLeavesTheMachineGetsARoute() {
    table.machine.add(IpAddress.parse("203.0.113.5"));
    sync(service("web").clusterIp("10.96.0.10").externalIp("203.0.113.5"));
    assertThat(ours()).containsExactly("10.96.0.10");
    table.machine.remove(IpAddress.parse("203.0.113.5"));
    routes.refresh();
    assertThat(ours()).containsExactly("10.96.0.10", "203.0.113.5");
  }

  @Test
  void whatTheKernelRefusedIsTriedAgain() {
    table.refuses = true;
    sync(service("web").clusterIp("10.96.0.10"));
    assertThat(ours()).isEmpty();
    table.refuses = false;
    routes.refresh();
    assertThat(ours()).containsExactly("10.96.0.10");
  }

  @Test
  void headlessAndForeignServicesHaveNoRoutes() {
    sync(service("other").clusterIp("10.96.0.10").foreignProxy(true));
    assertThat(ours()).isEmpty();
  }

  @Test
  void theGuardKnowsEveryRouteAndOnlyThose() throws Exception {
    sync(service("web").clusterIp("10.96.0.10").clusterIp("fd00:96::a").externalIp(NODE));
    String first = scripts.poll(10, TimeUnit.SECONDS);
    assertThat(first)
        .contains("socket wildcard 1 reject")
        .contains("add element inet fairway-guard vips4 { 10.96.0.10 }")
        .contains("add element inet fairway-guard vips6 { fd00:96::a }");
    sync(service("more").clusterIp("10.96.0.11"));
    assertThat(scripts.poll(10, TimeUnit.SECONDS))
        .isEqualTo("add element inet fairway-guard vips4 { 10.96.0.11 }\n");
  }

  private List<String> ours() {
    return table.ours.stream().map(IpAddress::toString).toList();
  }

  private static ServiceSettingsBuilder service(String name) {
    return ServiceInfo.Settings.of("ns", name)
        .type(ServiceType.CLUSTER_IP)
        .port("http", Protocol.TCP, 80, 0);
  }

  private void sync(ServiceSettingsBuilder settings) {
    apply(next(settings));
  }

  private SnapshotDelta next(ServiceSettingsBuilder settings) {
    ServiceInfo info = new ServiceInfo(settings.build(), List.of());
    return step(Map.of(info.name(), info));
  }

  private void remove(String name) {
    Map<ServiceName, @Nullable ServiceInfo> change = new HashMap<>();
    change.put(new ServiceName("ns", name), null);
    apply(step(change));
  }

  private SnapshotDelta step(Map<ServiceName, ? extends @Nullable ServiceInfo> change) {
    ServiceSnapshot before = snapshot;
    snapshot = before.with(before.revision() + 1, change, Set.of("ns"));
    return new SnapshotDelta(before, snapshot, change.keySet());
  }

  private void apply(SnapshotDelta delta) {
    routes.prepare(delta);
    routes.retire();
  }
}
