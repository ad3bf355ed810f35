// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.ClusterModel;
import org.junit.jupiter.api.Test;

/** Endpoints and ports of headless services whose slices do not agree. */
class HeadlessPortsTest {
  @Test
  void aPortThatNoReadyEndpointHas_doesNotExist() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/db")
        .headless()
        .slicePort("sql", "TCP", 5432)
        .endpoint("10.0.0.1")
        .slice()
        .slicePort("admin", "UDP", 9000)
        .endpoint("10.0.0.2", null, false);
    ZoneHarness zone = new ZoneHarness(ZoneOptions.of("cluster.local"), true).follow(model);

    zone.check("_sql._tcp.db… A", "_sql._tcp.db… 5 A 10.0.0.1");
    zone.check("_admin._udp.db… SRV", "NXDOMAIN; NEG");
    zone.check("_admin._udp.db… A", "NXDOMAIN; NEG");
    zone.check("_udp.db… A", "NXDOMAIN; NEG");
    zone.check("_tcp.db… A", "NEG");
  }

  @Test
  void anEndpointThatIsReadyInOneSlice_existsWhateverOthersSay() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/db")
        .headless()
        .slicePort("sql", "TCP", 5432)
        .endpointThatEnds("10.0.0.1")
        .slice()
        .slicePort("admin", "TCP", 9000)
        .endpoint("10.0.0.1", null, false);
    ZoneHarness zone = new ZoneHarness(ZoneOptions.of("cluster.local"), true).follow(model);

    zone.check("db… A", "db… 5 A 10.0.0.1");
    zone.check("10-0-0-1.db… A", "10-0-0-1.db… 5 A 10.0.0.1");
  }

  @Test
  void aPortLeadsToEveryHostnameOfAnAddress_andToReadyCopies() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/db")
        .headless()
        .slicePort("sql", "TCP", 5432)
        .endpoint("10.0.0.1", "a")
        .endpointThatEnds("10.0.0.2")
        .slice()
        .slicePort("sql", "TCP", 5432)
        .endpoint("10.0.0.1", "b")
        .endpoint("10.0.0.2", null, false);
    ZoneHarness zone = new ZoneHarness(ZoneOptions.of("cluster.local"), true).follow(model);

    zone.check(
        "_sql._tcp.db… SRV",
        "_sql._tcp.db… 5 SRV 0 33 5432 a.db…; _sql._tcp.db… 5 SRV 0 33 5432 b.db…;"
            + "_sql._tcp.db… 5 SRV 0 33 5432 10-0-0-2.db…; + a.db… 5 A 10.0.0.1;"
            + "+ b.db… 5 A 10.0.0.1; + 10-0-0-2.db… 5 A 10.0.0.2");
  }
}
