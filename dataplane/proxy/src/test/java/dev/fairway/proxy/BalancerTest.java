// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.MaglevTable;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.SliceEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BalancerTest {
  private static final NodeTopology NODE = new NodeTopology("node-1", "");
  private static final IpAddress CLIENT = IpAddress.parse("10.9.9.9");
  private static final long SECOND = 1_000_000_000L;

  private final ProxyMetrics metrics = new ProxyMetrics();
  private final FastRandom random = new FastRandom(7);
  private long now;

  @ParameterizedTest
  @EnumSource(Balancer.class)
  void everyBalancer_reachesEveryEndpoint(Balancer balancer) {
    PortState port = port(balancer, 5);
    assertThat(picks(port, 400)).hasSize(5);
  }

  @ParameterizedTest
  @EnumSource(Balancer.class)
  void failedEndpoint_isPassedOverUntilItsTimeIsUp(Balancer balancer) {
    PortState port = port(balancer, 4);
    port.failed(CLIENT, IpAddress.parse("10.0.0.2"), 8080);
    assertThat(picks(port, 400).keySet()).containsExactly("10.0.0.1", "10.0.0.3", "10.0.0.4");
    now += 2 * SECOND;
    assertThat(picks(port, 400)).hasSize(4);
    assertThat(metrics.ejections.sum()).isEqualTo(1);
  }

  @Test
  void failuresInARow_doubleTheTime_successEndsIt() {
    PortState port = port(Balancer.ROUND_ROBIN, 4);
    IpAddress bad = IpAddress.parse("10.0.0.2");
    port.failed(CLIENT, bad, 8080);
    now += 2 * SECOND;
    port.failed(CLIENT, bad, 8080);
    now += 4 * SECOND - 1;
    assertThat(picks(port, 40)).doesNotContainKey("10.0.0.2");
    now += 1;
    assertThat(picks(port, 40)).containsKey("10.0.0.2");
    port.succeeded(bad, 8080);
    port.failed(CLIENT, bad, 8080);
    now += 2 * SECOND;
    assertThat(picks(port, 40)).containsKey("10.0.0.2");
  }

  @Test
  void atMostHalf_isPassedOver() {
    PortState port = port(Balancer.RANDOM, 4);
    for (int i = 1; i <= 4; i++) {
      port.failed(CLIENT, IpAddress.parse("10.0.0." + i), 8080);
    }
    assertThat(picks(port, 400).keySet()).containsExactly("10.0.0.3", "10.0.0.4");
    assertThat(metrics.ejections.sum()).isEqualTo(2);
  }

  @Test
  void onlyEndpoint_isNeverPassedOver() {
    PortState port = port(Balancer.RANDOM, 1);
    port.failed(CLIENT, IpAddress.parse("10.0.0.1"), 8080);
    assertThat(metrics.ejections.sum()).isZero();
  }

  @Test
  void roundRobin_takesTurns() {
    PortState port = port(Balancer.ROUND_ROBIN, 3);
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      order.add(pick(port, CLIENT));
    }
    assertThat(order)
        .containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.3");
  }

  @Test
  void leastConnections_fillsUpWhoHasFewest_acrossChangesOfTheSet() {
    PortState port = port(Balancer.LEAST_CONNECTIONS, 3);
    List<EndpointLoad> open = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      open.add(open(port));
    }
    assertThat(open.stream().distinct()).hasSize(3).allMatch(load -> load.open() == 3);
    update(port, Balancer.LEAST_CONNECTIONS, 4);
    for (int i = 0; i < 3; i++) {
      EndpointSet candidates = candidates(port);
      assertThat(pick(port, CLIENT)).isEqualTo("10.0.0.4");
      EndpointLoad load = port.load(candidates, 3);
      assertThat(load).isNotNull();
      load.begin();
    }
    open.get(0).end();
    EndpointLoad freed = open.get(0);
    assertThat(open(port)).isSameAs(freed);
  }

  @Test
  void maglev_keepsClientsWhereTheyAre() {
    PortState port = port(Balancer.MAGLEV, 10);
    List<IpAddress> clients =
        IntStream.range(0, 1000)
            .mapToObj(i -> IpAddress.parse("10.8." + i / 250 + "." + i % 250))
            .toList();
    List<String> before = clients.stream().map(client -> pick(port, client)).toList();
    assertThat(clients.stream().map(client -> pick(port, client)).toList()).isEqualTo(before);
    assertThat(clients.stream().map(client -> pick(port(Balancer.MAGLEV, 10), client)).toList())
        .describedAs("another node")
        .isEqualTo(before);
    update(port, Balancer.MAGLEV, 9);
    int moved = 0;
    for (int i = 0; i < clients.size(); i++) {
      boolean had10 = before.get(i).equals("10.0.0.10");
      moved += !had10 && !pick(port, clients.get(i)).equals(before.get(i)) ? 1 : 0;
    }
    assertThat(moved).isLessThan(100);
  }

  @Test
  void maglev_sharesEvenly() {
    EndpointSet endpoints = candidates(port(Balancer.MAGLEV, 40));
    MaglevTable table = MaglevTable.of(endpoints);
    for (int i = 0; i < 40; i++) {
      assertThat(table.share(i)).isBetween(table.size() / 40 - 2, table.size() / 40 + 2);
    }
  }

  @Test
  void unknownName_isRandom() {
    assertThat(Balancer.of(service("fastest", 1))).isEqualTo(Balancer.RANDOM);
  }

  private EndpointLoad open(PortState port) {
    EndpointSet candidates = candidates(port);
    int index = port.pick(port.routes(IpFamily.IPV4), candidates, CLIENT, random);
    EndpointLoad load = port.load(candidates, index);
    assertThat(load).isNotNull();
    load.begin();
    return load;
  }

  private TreeMap<String, Integer> picks(PortState port, int count) {
    TreeMap<String, Integer> picks = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      IpAddress client = IpAddress.parse("10.7." + i / 250 + "." + i % 250);
      picks.merge(pick(port, client), 1, Integer::sum);
    }
    return picks;
  }

  private String pick(PortState port, IpAddress client) {
    EndpointSet candidates = candidates(port);
    int index = port.pick(port.routes(IpFamily.IPV4), candidates, client, random);
    return candidates.address(index).toString();
  }

  private static EndpointSet candidates(PortState port) {
    PortRoutes routes = port.routes(IpFamily.IPV4);
    return routes.candidates(FrontendKind.CLUSTER_IP, true);
  }

  private PortState port(Balancer balancer, int endpoints) {
    ServiceInfo service = service(balancer.toString(), endpoints);
    return new PortState(
        service,
        service.ports().get(0),
        NODE,
        new AffinityTable(() -> now, 100),
        new AvoidList(() -> now, 2 * SECOND),
        metrics);
  }

  private static void update(PortState port, Balancer balancer, int endpoints) {
    ServiceInfo service = service(balancer.toString(), endpoints);
    port.update(service, service.ports().get(0), NODE);
  }

  private static ServiceInfo service(String balancer, int endpoints) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 1; i <= endpoints; i++) {
      table.add(IpAddress.parse("10.0.0." + i), Conditions.AVAILABLE, "node-1");
    }
    return new ServiceInfo(
        ServiceInfo.Settings.of("ns", "web")
            .clusterIp("172.30.0.1")
            .port("http", 80)
            .annotation(Balancer.ANNOTATION, balancer)
            .build(),
        List.of(
            new SliceEndpoints(
                "s",
                false,
                List.of(new SliceEndpoints.Port(new EndpointPort("http", Protocol.TCP), 8080)),
                table.build())));
  }

  @Test
  void names_areDistinct() {
    assertThat(Set.of("random", "round-robin", "least-connections", "maglev"))
        .isEqualTo(
            Set.of(
                Balancer.RANDOM.toString(),
                Balancer.ROUND_ROBIN.toString(),
                Balancer.LEAST_CONNECTIONS.toString(),
                Balancer.MAGLEV.toString()));
  }
}
