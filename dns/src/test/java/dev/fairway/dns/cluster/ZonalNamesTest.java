// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static dev.fairway.dns.cluster.KubernetesFixture.expand;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of the endpoints of a headless service that are in one topology zone. */
class ZonalNamesTest {
  private static final ZoneOptions OPTIONS = ZoneOptions.of("cluster.local").withZonal(true);

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "pinned to a zone | us-west-2a.pin._zone.hdls… A | Q 5 A 172.0.0.1",
        "pinned to a larger zone | us-west-2b.pin._zone.hdls… A | Q 5 A 172.0.0.2; Q 5 A 172.0.0.3",
        "pinned to a zone without endpoints | us-west-2c.pin._zone.hdls… A | NEG",
        "preferred zone | us-west-2a.prefer._zone.hdls… A | Q 5 A 172.0.0.1",
        "preferred zone without endpoints | us-west-2c.prefer._zone.hdls… A"
            + " | Q 5 A 172.0.0.1; Q 5 A 172.0.0.2; Q 5 A 172.0.0.3",
        "letter case | US-west-2A.Pin._ZONE.hdls… A | Q 5 A 172.0.0.1",
        "unknown service | us-west-2a.pin._zone.nosvc… A | NXDOMAIN; NEG",
        "unknown directive | us-west-2a.florp._zone.hdls… A | NXDOMAIN; NEG",
        "ClusterIP service | us-west-2a.pin._zone.web… A | NXDOMAIN; NEG",
        "no TXT | us-west-2a.pin._zone.hdls… TXT | NEG",
        "under pod | us-west-2a.pin._zone.hdls.testns.pod.cluster.local. A | NXDOMAIN; NEG",
        "SRV of a zone | us-west-2b.pin._zone.hdls… SRV | Q 5 SRV 0 50 80 172-0-0-2.hdls…;"
            + " Q 5 SRV 0 50 80 172-0-0-3.hdls…; + 172-0-0-2.hdls… 5 A 172.0.0.2;"
            + " + 172-0-0-3.hdls… 5 A 172.0.0.3",
        "SRV of all | us-west-2c.prefer._zone.hdls… SRV | Q 5 SRV 0 33 80 172-0-0-1.hdls…;"
            + " Q 5 SRV 0 33 80 172-0-0-2.hdls…; Q 5 SRV 0 33 80 172-0-0-3.hdls…;"
            + " + 172-0-0-1.hdls… 5 A 172.0.0.1; + 172-0-0-2.hdls… 5 A 172.0.0.2;"
            + " + 172-0-0-3.hdls… 5 A 172.0.0.3",
        "names above | pin._zone.hdls… A | NEG",
        "names further above | _zone.hdls… A | NEG",
        "no names above in ClusterIP services | _zone.web… A | NXDOMAIN; NEG",
      })
  void zonalNames(String name, String question, String answer) {
    ZoneHarness zone = new ZoneHarness(OPTIONS, true).follow(model());
    String asked = expand(question);
    String owner = asked.substring(0, asked.indexOf(' '));

    assertThat(ZoneHarness.lines(zone.ask(asked)))
        .describedAs(name)
        .isEqualTo(ZoneHarness.expected(expand(answer.replace("Q ", owner + " "))));
  }

  @Test
  void withoutTheOption_doNotExist() {
    ZoneHarness zone = new ZoneHarness(OPTIONS.withZonal(false), true).follow(model());

    for (String name : new String[] {"us-west-2a.pin._zone.hdls… A", "_zone.hdls… A"}) {
      assertThat(ZoneHarness.lines(zone.ask(expand(name)))).contains("NXDOMAIN");
    }
  }

  @Test
  void anEndpointThatMovesToAnotherZone_isFollowed() {
    ClusterModel model = model();
    ZoneHarness zone = new ZoneHarness(OPTIONS, true).follow(model);

    model
        .service("testns/hdls")
        .headless()
        .port("http", "TCP", 80)
        .endpointInZone("172.0.0.1", "us-west-2b")
        .endpointInZone("172.0.0.2", "us-west-2b")
        .endpointInZone("172.0.0.3", "us-west-2b");
    zone.follow(model);

    String question = expand("us-west-2a.pin._zone.hdls… A");
    assertThat(ZoneHarness.lines(zone.ask(question))).contains("NOERROR").hasSize(2);
  }

  private static ClusterModel model() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/hdls")
        .headless()
        .port("http", "TCP", 80)
        .endpointInZone("172.0.0.1", "us-west-2a")
        .endpointInZone("172.0.0.2", "us-west-2b")
        .endpointInZone("172.0.0.3", "us-west-2b");
    model
        .service("testns/web")
        .clusterIp("10.0.0.1")
        .port("http", "TCP", 80)
        .endpointInZone("172.0.0.1", "us-west-2a");
    return model;
  }
}
