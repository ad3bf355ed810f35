// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.TrafficPolicy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which nodes may have an address. */
class ClaimsTest {
  private static final IpAddress ADDRESS = IpAddress.parse("192.0.2.240");
  private static final Set<String> LIVE = new TreeSet<>(Set.of("node-a", "node-b", "node-c"));

  private final Claims claims = new Claims(address -> address.toString().startsWith("192.0.2."));
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  @Test
  void exactlyOneLiveNodeHasAnAddress() throws Exception {
    nodes("{}", "{}", "{}");
    publish(service(TrafficPolicy.CLUSTER));

    assertThat(owners(LIVE)).hasSize(1);
    assertThat(owners(Set.of("node-b"))).containsExactly("node-b");
    assertThat(owners(Set.of())).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ready           | {}                                                   | True  | true",
        "not ready       | {}                                                   | False | false",
        "not heard of    | {}                                                   | Unknown | false",
        "being deleted   | {\"deletionTimestamp\": \"2026-01-01T00:00:00Z\"}    | True  | false",
        "excluded        | {\"labels\": {\"node.kubernetes.io/exclude-from-external-load-balancers\": \"\"}} | True | false",
      })
  void aNodeCountsOnlyIfItCanServe(String name, String metadata, String ready, boolean counts)
      throws Exception {
    claims.putNode(node("node-a", metadata, ready));
    publish(service(TrafficPolicy.CLUSTER));

    assertThat(owners(Set.of("node-a"))).hasSize(counts ? 1 : 0);
  }

  @Test
  void aNodeThatIsNoObjectDoesNotCount() {
    publish(service(TrafficPolicy.CLUSTER));

    assertThat(owners(LIVE)).isEmpty();
  }

  @Test
  void withPolicyLocalOnlyNodesWithAReadyEndpointCount() throws Exception {
    nodes("{}", "{}", "{}");
    publish(service(TrafficPolicy.LOCAL, endpoint("node-b", true), endpoint("node-c", false)));

    assertThat(owners(LIVE)).containsExactly("node-b");

    publish(service(TrafficPolicy.LOCAL, endpoint("node-b", false), endpoint("node-c", true)));
    assertThat(owners(LIVE)).containsExactly("node-c");
  }

  @Test
  void anAddressThatIsNotOfThePoolIsSomebodyElses() throws Exception {
    nodes("{}", "{}", "{}");
    publish(service(TrafficPolicy.CLUSTER, IpAddress.parse("198.51.100.1")));

    assertThat(owners(LIVE)).isEmpty();
  }

  @Test
  void aServiceThatGoesTakesItsAddressAlong() throws Exception {
    nodes("{}", "{}", "{}");
    ServiceInfo service = service(TrafficPolicy.CLUSTER);
    publish(service);
    ServiceSnapshot next = ServiceSnapshot.empty();

    assertThat(claims.apply(new SnapshotDelta(snapshot, next, Set.of(service.name())))).isTrue();
    assertThat(owners(LIVE)).isEmpty();
  }

  @Test
  void aChangeOfEndpointsMovesNothingWithPolicyCluster() {
    publish(service(TrafficPolicy.CLUSTER, endpoint("node-a", true)));

    assertThat(publish(service(TrafficPolicy.CLUSTER, endpoint("node-b", true)))).isFalse();
  }

  private Set<String> owners(Set<String> live) {
    Set<String> owners = new TreeSet<>();
    for (String node : LIVE) {
      if (!claims.ownedBy(node, live).isEmpty()) {
        owners.add(node);
      }
    }
    return owners;
  }

  private boolean publish(ServiceInfo service) {
    ServiceSnapshot next =
        snapshot.with(snapshot.revision() + 1, Map.of(service.name(), service), Set.of("ns"));
    boolean moved = claims.apply(new SnapshotDelta(snapshot, next, Set.of(service.name())));
    snapshot = next;
    return moved;
  }

  private record Endpoint(String node, boolean ready) {}

  private static Endpoint endpoint(String node, boolean ready) {
    return new Endpoint(node, ready);
  }

  private static ServiceInfo service(TrafficPolicy policy, Endpoint... endpoints) {
    return service(policy, ADDRESS, endpoints);
  }

  private static ServiceInfo service(
      TrafficPolicy policy, IpAddress address, Endpoint... endpoints) {
    ServiceSettingsBuilder settings =
        ServiceInfo.Settings.of("ns", "web")
            .type(ServiceType.LOAD_BALANCER)
            .clusterIp(IpAddress.parse("10.96.0.1"))
            .loadBalancerIp(address)
            .externalPolicy(policy)
            .port("main", Protocol.TCP, 80, 30080);
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 0; i < endpoints.length; i++) {
      table.add(
          IpAddress.ofIpv4(0x0a000001 + i),
          endpoints[i].ready ? Conditions.AVAILABLE : Conditions.UNAVAILABLE,
          endpoints[i].node);
    }
    return new ServiceInfo(
        settings.build(),
        List.of(
            new SliceEndpoints(
                "web-1",
                false,
                List.of(new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), 8080)),
                table.build())));
  }

  private void nodes(String... metadata) throws Exception {
    List<String> names = List.copyOf(LIVE);
    for (int i = 0; i < metadata.length; i++) {
      claims.putNode(node(names.get(i), metadata[i], "True"));
    }
  }

  private static Node node(String name, String metadata, String ready) throws Exception {
    String named = metadata.replaceFirst("\\{", "{\"name\": \"" + name + "\", ");
    String json =
        "{\"metadata\": %s, \"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"%s\"}]}}"
            .formatted(named.replace(", }", "}"), ready);
    return KubeCodec.decode(Resource.NODES, json.getBytes(StandardCharsets.UTF_8));
  }
}
