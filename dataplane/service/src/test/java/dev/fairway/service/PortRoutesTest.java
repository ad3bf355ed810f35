// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.service.EndpointTable.Conditions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the settings of a Service make of its endpoints: 10.0.0.1 is on this node, 10.0.0.2 is not.
 */
class PortRoutesTest {
  private static final NodeTopology NODE = new NodeTopology("node", "");

  private static ServiceSettingsBuilder service(ServiceType type) {
    return ServiceInfo.Settings.of("ns", "web").type(type).clusterIp("172.30.0.1");
  }

  private static PortRoutes routes(ServiceSettingsBuilder settings, int nodePort) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    table.add(IpAddress.parse("10.0.0.1"), Conditions.AVAILABLE, "node");
    table.add(IpAddress.parse("10.0.0.2"), Conditions.AVAILABLE, "other");
    EndpointPort name = new EndpointPort("http", Protocol.TCP);
    ServiceInfo info =
        new ServiceInfo(
            settings.port("http", Protocol.TCP, 80, nodePort).build(),
            List.of(
                new SliceEndpoints(
                    "s", false, List.of(new SliceEndpoints.Port(name, 8080)), table.build())));
    return PortRoutes.of(info, info.ports().get(0), IpFamily.IPV4, NODE);
  }

  @ParameterizedTest
  @MethodSource
  void lists(
      ServiceSettingsBuilder settings, int nodePort, FrontendKind kind, int fromPod, int outside) {
    PortRoutes routes = routes(settings, nodePort);
    assertThat(routes.candidates(kind, true).size()).describedAs("from a pod").isEqualTo(fromPod);
    assertThat(routes.candidates(kind, false).size())
        .describedAs("from outside")
        .isEqualTo(outside);
  }

  static Stream<Arguments> lists() {
    TrafficPolicy local = TrafficPolicy.LOCAL;
    return Stream.of(
        argumentSet(
            "an unset policy is Cluster",
            service(ServiceType.NODE_PORT),
            30_080,
            FrontendKind.NODE_PORT,
            2,
            2),
        argumentSet(
            "external Local of a NodePort; pods get all",
            service(ServiceType.NODE_PORT).externalPolicy(local),
            30_080,
            FrontendKind.NODE_PORT,
            2,
            1),
        argumentSet(
            "external Local of a load balancer",
            service(ServiceType.LOAD_BALANCER).loadBalancerIp("192.0.2.1").externalPolicy(local),
            0,
            FrontendKind.LOAD_BALANCER_IP,
            2,
            1),
        argumentSet(
            "external Local of a ClusterIP with external IPs",
            service(ServiceType.CLUSTER_IP).externalIp("192.0.2.1").externalPolicy(local),
            0,
            FrontendKind.EXTERNAL_IP,
            2,
            1),
        argumentSet(
            "external Local says nothing about the ClusterIP",
            service(ServiceType.NODE_PORT).externalPolicy(local),
            30_080,
            FrontendKind.CLUSTER_IP,
            2,
            2),
        argumentSet(
            "internal Local, for everybody",
            service(ServiceType.CLUSTER_IP).internalPolicy(local),
            0,
            FrontendKind.CLUSTER_IP,
            1,
            1),
        argumentSet(
            "internal Local says nothing about node ports",
            service(ServiceType.NODE_PORT).internalPolicy(local),
            30_080,
            FrontendKind.NODE_PORT,
            2,
            2),
        argumentSet(
            "a load balancer without node ports is accessible by its address",
            service(ServiceType.LOAD_BALANCER).loadBalancerIp("192.0.2.1").internalPolicy(local),
            0,
            FrontendKind.LOAD_BALANCER_IP,
            2,
            2));
  }

  @Test
  @DisplayName("a port that cannot be reached from outside keeps no list for outside")
  void unusedLists() {
    assertThat(
            routes(service(ServiceType.CLUSTER_IP).internalPolicy(TrafficPolicy.LOCAL), 0)
                .selection()
                .cluster())
        .isNull();
    assertThat(
            routes(service(ServiceType.NODE_PORT).externalPolicy(TrafficPolicy.LOCAL), 0)
                .selection()
                .local())
        .isNull();
  }

  @ParameterizedTest
  @MethodSource
  void sourceRanges(List<String> ranges, boolean admitted) {
    ServiceSettingsBuilder settings =
        service(ServiceType.LOAD_BALANCER).loadBalancerIp("192.0.2.1");
    ranges.forEach(range -> settings.sourceRange(IpPrefix.parse(range)));
    PortRoutes routes = routes(settings, 30_080);
    IpAddress client = IpAddress.parse("203.0.113.130");
    IpAddress vip = IpAddress.parse("192.0.2.1");
    assertThat(routes.admits(FrontendKind.LOAD_BALANCER_IP, client, vip, Set.of()))
        .isEqualTo(admitted);
    for (FrontendKind kind :
        List.of(FrontendKind.NODE_PORT, FrontendKind.CLUSTER_IP, FrontendKind.EXTERNAL_IP)) {
      assertThat(routes.admits(kind, client, vip, Set.of())).describedAs("%s", kind).isTrue();
    }
  }

  static Stream<Arguments> sourceRanges() {
    return Stream.of(
        argumentSet("no range", List.of(), true),
        argumentSet("in a range", List.of("192.168.0.0/24", "203.0.113.128/25"), true),
        argumentSet("in no range", List.of("192.168.0.0/24", "203.0.113.0/25"), false),
        argumentSet("a zero range of the family", List.of("192.168.0.0/24", "0.0.0.0/0"), true),
        argumentSet("a zero range of the other", List.of("192.168.0.0/24", "::/0"), false),
        argumentSet("ranges of the other family alone", List.of("2001:db8::/32"), true));
  }

  @ParameterizedTest
  @MethodSource
  void zeroCidrs(String cidr, boolean zero) {
    assertThat(IpPrefix.parse(cidr).isZero()).isEqualTo(zero);
  }

  static Stream<Arguments> zeroCidrs() {
    return Stream.of(
        argumentSet("103 all of IPv4", "0.0.0.0/0", true),
        argumentSet("103 all of IPv6", "::/0", true),
        argumentSet("103 one network", "10.0.0.0/8", false),
        argumentSet("103 the address zero", "0.0.0.0/32", false));
  }

  @Test
  @DisplayName("103 no text is no range at all")
  void emptyText() {
    assertThat(IpPrefix.tryParse("")).isNull();
  }
}
