// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which objects have names, and what endpoints are called. */
class ExposureTest {
  private static final ZoneOptions DEFAULTS = ZoneOptions.of("cluster.local");

  @Test
  void namespaces_thatAreNotListedDoNotExist() {
    ClusterModel model = KubernetesFixture.model();
    model.service("unexposedns/svc1").clusterIp("10.0.0.2").port("http", "TCP", 80);
    ZoneHarness zone = zone(Exposure.ALL.withNamespaces(Set.of("testns")), model);

    zone.check("svc1… A", "svc1… 5 A 10.0.0.1");
    zone.check("svc1.unexposedns.svc.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("unexposedns.svc.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("10-0-0-7.unexposedns.pod.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("testns.svc.cluster.local. A", "NEG");
    assertThat(zone.isForeign("2.0.0.10.in-addr.arpa. PTR")).isTrue();
  }

  @Test
  void namespaces_thatAreSelectedComeAndGoWithTheirServices() {
    ClusterModel model = KubernetesFixture.model().removeNamespace("testns");
    ZoneHarness zone = zone(Exposure.ALL.withKnownNamespacesOnly(true), model);

    zone.check("svc1… A", "NXDOMAIN; NEG");
    model.namespace("testns");
    zone.follow(model);
    zone.check("svc1… A", "svc1… 5 A 10.0.0.1");
    model.removeNamespace("testns").remove("testns/svc6");
    zone.follow(model);
    zone.check("svc1… A", "NXDOMAIN; NEG");
    model.namespace("testns");
    zone.follow(model);
    zone.check("svc6… AAAA", "NXDOMAIN; NEG");
    zone.check(
        "hdls1… AAAA",
        "hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:1;" + "hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:2");
  }

  @Test
  void endpoints_switchedOffTakeHeadlessServicesAlong() {
    ZoneHarness zone = zone(Exposure.ALL.withEndpoints(false), KubernetesFixture.model());

    zone.check("hdls1… A", "NXDOMAIN; NEG");
    zone.check("172-0-0-2.hdls1… A", "NXDOMAIN; NEG");
    zone.check("ep1a.svc1… A", "NXDOMAIN; NEG");
    zone.check("svc1… A", "svc1… 5 A 10.0.0.1");
    assertThat(zone.isForeign("1.0.0.172.in-addr.arpa. PTR")).isTrue();
  }

  @Test
  void endpoints_areCalledAsTheirPodsWhereAsked() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/db")
        .headless()
        .port("sql", "TCP", 5432)
        .endpointOfPod("10.0.0.1", null, "db-0")
        .endpointOfPod("10.0.0.2", "named", "db-1")
        .endpointOfPod("10.0.0.3", null, "x".repeat(64))
        .endpointOfPod("10.0.0.4", null, "has.dots")
        .endpointOfPod("5678:abcd:6666::", null, "y".repeat(64));
    ZoneHarness zone = zone(Exposure.ALL.withPodNames(true), model);

    zone.check("db-0.db… A", "db-0.db… 5 A 10.0.0.1");
    zone.check("named.db… A", "named.db… 5 A 10.0.0.2");
    zone.check("db-1.db… A", "NXDOMAIN; NEG");
    zone.check("10-0-0-1.db… A", "NXDOMAIN; NEG");
    zone.check("10-0-0-3.db… A", "10-0-0-3.db… 5 A 10.0.0.3");
    zone.check("10-0-0-4.db… A", "10-0-0-4.db… 5 A 10.0.0.4");
    zone.check(
        "5678-abcd-6666--0.db… AAAA", "5678-abcd-6666--0.db… 5 AAAA 5678:abcd:6666:0:0:0:0:0");
    assertThat(ZoneHarness.lines(zone.ask("1.0.0.10.in-addr.arpa. PTR")))
        .contains("1.0.0.10.in-addr.arpa. 5 PTR db-0.db.testns.svc.cluster.local.");
    zone(Exposure.ALL, new ClusterModel(model))
        .check("10-0-0-1.db… A", "10-0-0-1.db… 5 A 10.0.0.1");
  }

  private static ZoneHarness zone(Exposure exposure, ClusterModel model) {
    return new ZoneHarness(DEFAULTS.withExposure(exposure), true).follow(model);
  }
}
