// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.proxy.AffinityTable;
import dev.fairway.proxy.AvoidList;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.ProxyMetrics.TrafficDirection;
import dev.fairway.proxy.userspace.Rig.Ep;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceType;
import dev.fairway.service.TrafficPolicy;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Scenario 96: the metric of ports without local endpoints. */
class NoLocalEndpointsTest {
  private static final Ep LOCAL = Rig.ready("10.0.0.1");
  private static final Ep REMOTE = Rig.remote("10.0.0.2");

  private final ProxyMetrics metrics = new ProxyMetrics();
  private final NoLocalEndpoints noLocal = new NoLocalEndpoints(metrics);

  @ParameterizedTest
  @MethodSource
  void counts(
      TrafficPolicy internalPolicy,
      TrafficPolicy externalPolicy,
      List<Ep> endpoints,
      int internal,
      int external) {
    ServiceSettingsBuilder settings =
        ServiceInfo.Settings.of("ns", "web")
            .type(ServiceType.LOAD_BALANCER)
            .clusterIp("172.30.0.1")
            .port("main", Protocol.TCP, 80, 30_080)
            .internalPolicy(internalPolicy)
            .externalPolicy(externalPolicy);
    ServiceInfo service =
        new ServiceInfo(settings.build(), List.of(Rig.tcp(8080, endpoints.toArray(new Ep[0]))));
    PortState port =
        new PortState(
            service,
            service.ports().get(0),
            new NodeTopology(Rig.NODE, ""),
            new AffinityTable(() -> 0, 1),
            new AvoidList(() -> 0, 0),
            metrics);
    noLocal.update(port);
    expect(internal, external);
    noLocal.remove(port.name());
    expect(0, 0);
  }

  private void expect(int internal, int external) {
    assertThat(
            List.of(
                metrics.noLocalEndpoints(TrafficDirection.INTERNAL, IpFamily.IPV4).get(),
                metrics.noLocalEndpoints(TrafficDirection.EXTERNAL, IpFamily.IPV4).get(),
                metrics.noLocalEndpoints(TrafficDirection.INTERNAL, IpFamily.IPV6).get(),
                metrics.noLocalEndpoints(TrafficDirection.EXTERNAL, IpFamily.IPV6).get()))
        .containsExactly((long) internal, (long) external, 0L, 0L);
  }

  static Stream<Arguments> counts() {
    TrafficPolicy local = TrafficPolicy.LOCAL;
    TrafficPolicy cluster = TrafficPolicy.CLUSTER;
    List<Ep> both = List.of(LOCAL, REMOTE);
    List<Ep> away = List.of(REMOTE);
    List<Ep> none = List.of();
    return Stream.of(
        argumentSet("internal Local with", local, cluster, both, 0, 0),
        argumentSet("external Local with", cluster, local, both, 0, 0),
        argumentSet("both Local with", local, local, both, 0, 0),
        argumentSet("internal Local without", local, cluster, away, 1, 0),
        argumentSet("external Local without", cluster, local, away, 0, 1),
        argumentSet("both Local without", local, local, away, 1, 1),
        argumentSet("Cluster without", cluster, cluster, away, 0, 0),
        argumentSet("both Local, no endpoints", local, local, none, 0, 0));
  }
}
