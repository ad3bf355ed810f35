// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** kube-proxy's test of local ready endpoints, and what its health check servers count. */
class LocalReadinessTest {
  private static final ServiceName WEB = new ServiceName("ns", "web");

  private final LocalReadiness readiness = new LocalReadiness("node-1");
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  @ParameterizedTest
  @MethodSource
  void counts(String endpoints, int v4, int v6) {
    publish(WEB, new ServiceInfo(balancer().build(), slices(endpoints)));
    assertThat(readiness.ports()).isEqualTo(Map.of(WEB, 345));
    assertThat(readiness.counts(IpFamily.IPV4)).isEqualTo(Map.of(WEB, v4));
    assertThat(readiness.counts(IpFamily.IPV6)).isEqualTo(Map.of(WEB, v6));
  }

  static Stream<Arguments> counts() {
    return Stream.of(
        argumentSet("66 none", "", 0, 0),
        argumentSet("66 remote only", "10.0.0.1=remote", 0, 0),
        argumentSet("66 local", "10.0.0.1=local 10.0.0.2=remote", 1, 0),
        argumentSet("66 not ready", "10.0.0.1=local 10.0.0.2=unready", 1, 0),
        argumentSet("66 84 all terminating", "10.0.0.1=leaving 10.0.0.2=leaving", 0, 0),
        argumentSet("84 three", "10.0.0.1=local 10.0.0.2=local 10.0.0.3=local", 3, 0),
        argumentSet("66 both families", "10.0.0.1=local fd00::1=local fd00::2=local", 1, 2));
  }

  @Test
  void serviceOfOneFamily_isReadyAtTheNodesAddressesOfBoth() {
    ServiceInfo.Settings four =
        ServiceInfo.Settings.of("ns", "web")
            .type(ServiceType.LOAD_BALANCER)
            .clusterIp("172.30.0.1")
            .port("a", 80)
            .port("b", 81)
            .externalPolicy(TrafficPolicy.LOCAL)
            .healthCheckNodePort(345)
            .build();
    publish(WEB, new ServiceInfo(four, slices("10.0.0.1=local 10.0.0.2=local fd00::1=local")));
    assertThat(readiness.counts(IpFamily.IPV4)).isEqualTo(Map.of(WEB, 2));
    assertThat(readiness.counts(IpFamily.IPV6)).isEqualTo(Map.of(WEB, 2));
  }

  @Test
  void onlyBalancersWithPolicyLocal_haveHealthPorts() {
    publish(
        WEB,
        new ServiceInfo(
            balancer().externalPolicy(TrafficPolicy.CLUSTER).build(), slices("10.0.0.1=local")));
    assertThat(readiness.ports()).isEmpty();
    publish(
        WEB,
        new ServiceInfo(balancer().type(ServiceType.NODE_PORT).build(), slices("10.0.0.1=local")));
    assertThat(readiness.ports()).isEmpty();
  }

  @Test
  void removedService_isForgotten() {
    publish(WEB, new ServiceInfo(balancer().build(), slices("10.0.0.1=local")));
    publish(WEB, null);
    assertThat(readiness.ports()).isEmpty();
    assertThat(readiness.counts(IpFamily.IPV4)).isEmpty();
  }

  private void publish(ServiceName name, @Nullable ServiceInfo service) {
    Map<ServiceName, @Nullable ServiceInfo> changes = new HashMap<>();
    changes.put(name, service);
    ServiceSnapshot next = snapshot.with(snapshot.revision() + 1, changes, Set.of());
    readiness.apply(new SnapshotDelta(snapshot, next, Set.of(name)));
    snapshot = next;
  }

  private static ServiceSettingsBuilder balancer() {
    return ServiceInfo.Settings.of("ns", "web")
        .type(ServiceType.LOAD_BALANCER)
        .clusterIp("172.30.0.1")
        .clusterIp("fd00:172::1")
        .port("a", 80)
        .port("b", 81)
        .externalPolicy(TrafficPolicy.LOCAL)
        .healthCheckNodePort(345);
  }

  /** One slice for each family, both ports on every endpoint. */
  private static List<SliceEndpoints> slices(String endpoints) {
    EndpointTable.Builder v4 = new EndpointTable.Builder();
    EndpointTable.Builder v6 = new EndpointTable.Builder();
    for (String endpoint : endpoints.isEmpty() ? new String[0] : endpoints.split(" ")) {
      String[] parts = endpoint.split("=");
      Conditions conditions =
          switch (parts[1]) {
            case "leaving" -> Conditions.SERVING_TERMINATING;
            case "unready" -> Conditions.UNAVAILABLE;
            default -> Conditions.AVAILABLE;
          };
      IpAddress address = IpAddress.parse(parts[0]);
      (address.isV4() ? v4 : v6)
          .add(address, conditions, parts[1].equals("remote") ? "node-2" : "node-1");
    }
    List<SliceEndpoints.Port> ports = new ArrayList<>();
    ports.add(new SliceEndpoints.Port(new EndpointPort("a", Protocol.TCP), 8080));
    ports.add(new SliceEndpoints.Port(new EndpointPort("b", Protocol.TCP), 8081));
    return List.of(
        new SliceEndpoints("s4", false, ports, v4.build()),
        new SliceEndpoints("s6", false, ports, v6.build()));
  }
}
