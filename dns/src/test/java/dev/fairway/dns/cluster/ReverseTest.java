// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases of CoreDNS's reverse test, and the rules for which name an address has. */
class ReverseTest {
  private static final String V6 =
      "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1";
  private static final String V6_ZONE = "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa.";
  private static final ZoneOptions OPTIONS =
      ZoneOptions.of("cluster.local")
          .withReverseZones(List.of("0.10.in-addr.arpa.", "168.192.in-addr.arpa.", V6_ZONE));

  private static ClusterModel model() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/svc1")
        .clusterIp("192.168.1.100")
        .slicePort("http", "TCP", 80)
        .endpoint("10.0.0.100", "ep1a")
        .endpoint("10.0.0.99", "double-ep")
        .endpoint("1234:abcd::1", "ep1b")
        .slice()
        .slicePort("https", "TCP", 443)
        .endpoint("10.0.0.100", "ep1a");
    model.service("testns/svc2").clusterIp("192.168.1.101").endpoint("10.0.0.99", "double-ep");
    model.service("testns/db").headless().endpoint("10.0.7.1", "db-0").endpoint("10.0.7.2");
    model.service("testns/web").clusterIp("192.168.1.102").endpoint("10.0.7.1");
    model.service("testns/far").clusterIp("203.0.113.9");
    return model;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "endpoint in two slices | 100.0.0.10.in-addr.arpa. PTR | ep1a.svc1",
        "ClusterIP | 100.1.168.192.in-addr.arpa. PTR | svc1",
        "two services | 99.0.0.10.in-addr.arpa. PTR | double-ep.svc1 double-ep.svc2",
        "headless hostname before others | 1.7.0.10.in-addr.arpa. PTR | db-0.db",
        "no hostname | 2.7.0.10.in-addr.arpa. PTR | 10-0-7-2.db",
        "outside of the reverse zones | 9.113.0.203.in-addr.arpa. PTR | far",
      })
  void address_hasNames(String name, String question, String targets) {
    ZoneHarness zone = new ZoneHarness(OPTIONS, true).follow(model());
    String owner = question.substring(0, question.indexOf(' '));

    String[] expected = targets.split(" ");
    for (int i = 0; i < expected.length; i++) {
      expected[i] = owner + " 5 PTR " + expected[i] + ".testns.svc.cluster.local.";
    }
    List<String> lines = ZoneHarness.lines(zone.ask(question));
    assertThat(lines.getFirst()).describedAs(name).isEqualTo("NOERROR");
    assertThat(lines.subList(1, lines.size())).containsExactlyInAnyOrder(expected);
  }

  @Test
  void ipv6Address_hasName() {
    ZoneHarness zone = new ZoneHarness(OPTIONS, true).follow(model());
    String owner = "1" + V6.substring(1) + ".ip6.arpa.";

    assertThat(ZoneHarness.lines(zone.ask(owner + " PTR")))
        .containsExactly("NOERROR", owner + " 5 PTR ep1b.svc1.testns.svc.cluster.local.");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "unknown address | 101.0.0.10.in-addr.arpa. PTR | NXDOMAIN | 0.10.in-addr.arpa.",
        "forward name | example.org.cluster.local. PTR | NXDOMAIN | cluster.local.",
        "service | svc1.testns.svc.cluster.local. PTR | NOERROR | cluster.local.",
        "service in a reverse zone | svc1.testns.svc.0.10.in-addr.arpa. A | NXDOMAIN | 0.10.in-addr.arpa.",
        "address in the zone | 100.0.0.10.cluster.local. PTR | NXDOMAIN | cluster.local.",
        "other type | 100.0.0.10.in-addr.arpa. A | NOERROR | 0.10.in-addr.arpa.",
        "apex | 0.10.in-addr.arpa. PTR | NOERROR | 0.10.in-addr.arpa.",
        "above addresses | 7.0.10.in-addr.arpa. PTR | NOERROR | 0.10.in-addr.arpa.",
        "too large an octet | 256.0.0.10.in-addr.arpa. PTR | NXDOMAIN | 0.10.in-addr.arpa.",
        "letter case | 101.0.0.10.In-Addr.ArPa. PTR | NXDOMAIN | 0.10.In-Addr.ArPa.",
      })
  void otherNames_areNegative(String name, String question, String rcode, String soaOwner) {
    ZoneHarness zone = new ZoneHarness(OPTIONS, true).follow(model());

    assertThat(ZoneHarness.lines(zone.ask(question)))
        .describedAs(name)
        .containsExactly(
            rcode,
            "- "
                + soaOwner
                + " 5 SOA ns.dns."
                + soaOwner
                + " hostmaster."
                + soaOwner
                + " 7200 1800 86400 5");
  }

  @Test
  void reverseZone_hasSoaAndNs() {
    ZoneOptions options =
        OPTIONS.withLocalAddresses(List.of(dev.fairway.service.IpAddress.parse("10.9.9.9")));
    ZoneHarness zone = new ZoneHarness(options, true).follow(model());

    assertThat(ZoneHarness.lines(zone.ask("0.10.in-addr.arpa. NS")))
        .containsExactly(
            "NOERROR",
            "+ ns.dns.cluster.local. 5 A 10.9.9.9",
            "0.10.in-addr.arpa. 5 NS ns.dns.cluster.local.");
    assertThat(ZoneHarness.lines(zone.ask("0.10.in-addr.arpa. SOA")))
        .containsExactly(
            "NOERROR",
            "0.10.in-addr.arpa. 5 SOA ns.dns.0.10.in-addr.arpa. hostmaster.0.10.in-addr.arpa."
                + " 7200 1800 86400 5");
  }

  @Test
  void compatible_tellsAllEndpointsAndNoEmptyNonTerminals() {
    ZoneHarness zone = new ZoneHarness(OPTIONS.withCompat(true), true).follow(model());

    assertThat(ZoneHarness.lines(zone.ask("1.7.0.10.in-addr.arpa. PTR"))).hasSize(3);
    assertThat(ZoneHarness.lines(zone.ask("7.0.10.in-addr.arpa. PTR"))).contains("NXDOMAIN");
  }

  @Test
  void unsynced_isServfailInOurZonesOnly() {
    ZoneHarness zone = new ZoneHarness(OPTIONS, true);

    assertThat(ZoneHarness.lines(zone.ask("1.0.0.10.in-addr.arpa. PTR"))).contains("SERVFAIL");
    assertThat(zone.isForeign("8.8.8.8.in-addr.arpa. PTR")).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/16 | 0.10.in-addr.arpa.",
        "10.0.0.0/8 | 10.in-addr.arpa.",
        "10.96.0.0/15 | 96.10.in-addr.arpa. 97.10.in-addr.arpa.",
        "127.1.2.3/32 | 3.2.1.127.in-addr.arpa.",
        "fd00::/12 | 0.d.f.ip6.arpa.",
        "fd00::/15 | 0.0.d.f.ip6.arpa. 1.0.d.f.ip6.arpa.",
      })
  void range_isCoveredByZones(String cidr, String zones) {
    assertThat(ZoneOptions.reverseZonesOf(cidr)).containsExactly(zones.split(" "));
  }

  @Test
  void loopbackRange_isSixteenZones() {
    assertThat(ZoneOptions.reverseZonesOf("127.64.0.0/12"))
        .hasSize(16)
        .startsWith("64.127.in-addr.arpa.")
        .endsWith("79.127.in-addr.arpa.");
  }
}
