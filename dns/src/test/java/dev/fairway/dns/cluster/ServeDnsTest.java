// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fairway.dns.wire.WireName;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The cases of CoreDNS's handler test, on the default options. */
class ServeDnsTest {
  /** Name of the row, questions that share an answer, the answer. */
  private static final String TABLE =
      """
      1 ClusterIP A | svc1… A | svc1… 5 A 10.0.0.1
      2 ClusterIP without endpoints A | svcempty… A | svcempty… 5 A 10.0.0.1
      3 bare name SRV | svc1… SRV | svc1… 5 SRV 0 100 80 svc1…; + svc1… 5 A 10.0.0.1
      4 bare name without endpoints SRV | svcempty… SRV | svcempty… 5 SRV 0 100 80 svcempty…; + svcempty… 5 A 10.0.0.1
      5 IPv6 SRV | svc6… SRV | svc6… 5 SRV 0 100 80 svc6…; + svc6… 5 AAAA 1234:abcd:0:0:0:0:0:1
      6 port SRV | _http._tcp.svc1… SRV | _http._tcp.svc1… 5 SRV 0 100 80 svc1…; + svc1… 5 A 10.0.0.1
      7 port without endpoints SRV | _http._tcp.svcempty… SRV | _http._tcp.svcempty… 5 SRV 0 100 80 svcempty…; + svcempty… 5 A 10.0.0.1
      8 headless A | hdls1… A | hdls1… 5 A 172.0.0.2; hdls1… 5 A 172.0.0.3; hdls1… 5 A 172.0.0.4; hdls1… 5 A 172.0.0.5
      9 headless without ports A | hdlsprtls… A | hdlsprtls… 5 A 172.0.0.20
      10 no IPv6 address | svc1… AAAA | NEG
      11 no such service AAAA | svc0… AAAA | NXDOMAIN; NEG
      12 no such service A | svc0… A | NXDOMAIN; NEG
      13 no such namespace A | svc0.svc-nons.svc.cluster.local. A | NXDOMAIN; NEG
      14 version of the schema | dns-version.cluster.local. TXT | dns-version.cluster.local. 28800 TXT 1.1.0
      15 no TXT | svc1… TXT | NEG
      16 no such namespace TXT | svc0.svc-nons.svc.cluster.local. TXT | NXDOMAIN; NEG
      17 no such endpoint | bogusendpoint.hdls1… A, bogusendpoint.svc0… A | NXDOMAIN; NEG
      18 ClusterIP AAAA | svc6… AAAA | svc6… 5 AAAA 1234:abcd:0:0:0:0:0:1
      19 port IPv6 SRV | _http._tcp.svc6… SRV | _http._tcp.svc6… 5 SRV 0 100 80 svc6…; + svc6… 5 AAAA 1234:abcd:0:0:0:0:0:1
      20 headless AAAA | hdls1… AAAA | hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:1; hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:2
      21 names that only have names below | svc.cluster.local. A, pod.cluster.local. A, testns.svc.cluster.local. A | NEG
      22 no NS below the apex | svc.cluster.local. NS, testns.svc.cluster.local. NS | NEG
      23 no such name NS | foo.cluster.local. NS, foo.svc.cluster.local. NS | NXDOMAIN; NEG
      24 dual stack A | svc-dual-stack… A | svc-dual-stack… 5 A 10.0.0.3
      24 dual stack AAAA | svc-dual-stack… AAAA | svc-dual-stack… 5 AAAA 10:0:0:0:0:0:0:3
      24 dual stack SRV | svc-dual-stack… SRV | svc-dual-stack… 5 SRV 0 50 80 svc-dual-stack…; + svc-dual-stack… 5 A 10.0.0.3; + svc-dual-stack… 5 AAAA 10:0:0:0:0:0:0:3
      25 no SOA below the apex | svc1… SOA | NEG
      26 names below an ExternalName | endpoint.external… CNAME, subdomain.subdomain.external… CNAME | NXDOMAIN; NEG
      27 headless port SRV | _http._tcp.hdls1… SRV | _http._tcp.hdls1… 5 SRV 0 16 80 172-0-0-2.hdls1…; _http._tcp.hdls1… 5 SRV 0 16 80 172-0-0-3.hdls1…; _http._tcp.hdls1… 5 SRV 0 16 80 5678-abcd--1.hdls1…; _http._tcp.hdls1… 5 SRV 0 16 80 5678-abcd--2.hdls1…; _http._tcp.hdls1… 5 SRV 0 16 80 dup-name.hdls1…; + 172-0-0-2.hdls1… 5 A 172.0.0.2; + 172-0-0-3.hdls1… 5 A 172.0.0.3; + dup-name.hdls1… 5 A 172.0.0.4; + dup-name.hdls1… 5 A 172.0.0.5; + 5678-abcd--1.hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:1; + 5678-abcd--2.hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:2
      28 IPv6 endpoint 1 | 5678-abcd--1.hdls1… AAAA | 5678-abcd--1.hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:1
      28 IPv6 endpoint 2 | 5678-abcd--2.hdls1… AAAA | 5678-abcd--2.hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:2
      29 endpoint without ports | 172-0-0-20.hdlsprtls… A | 172-0-0-20.hdlsprtls… 5 A 172.0.0.20
      29 endpoint 2 | 172-0-0-2.hdls1… A | 172-0-0-2.hdls1… 5 A 172.0.0.2
      29 endpoint 3 | 172-0-0-3.hdls1… A | 172-0-0-3.hdls1… 5 A 172.0.0.3
      30 two endpoints of one hostname | dup-name.hdls1… A | dup-name.hdls1… 5 A 172.0.0.4; dup-name.hdls1… 5 A 172.0.0.5
      31 ExternalName CNAME | external… CNAME | external… 5 CNAME ext.interwebs.test.
      33 ExternalName to a service | external-to-service… A | external-to-service… 5 CNAME svc1…; svc1… 5 A 10.0.0.1
      endpoint of a ClusterIP service | ep1a.svc1… A | ep1a.svc1… 5 A 172.0.0.1
      endpoint SRV | 172-0-0-2.hdls1… SRV | 172-0-0-2.hdls1… 5 SRV 0 100 80 172-0-0-2.hdls1…; + 172-0-0-2.hdls1… 5 A 172.0.0.2
      address of a port | _http._tcp.svc1… A | _http._tcp.svc1… 5 A 10.0.0.1
      underscores may be missing | http.tcp.svc1… SRV | http.tcp.svc1… 5 SRV 0 100 80 svc1…; + svc1… 5 A 10.0.0.1
      no SRV without ports | hdlsprtls… SRV | NEG
      no such port | _ftp._tcp.svc1… SRV, _http._udp.svc1… SRV | NXDOMAIN; NEG
      wildcards are gone | *… A, *.svc1… A, any.any… A | NXDOMAIN; NEG
      federated names are not served | 172-0-0-2.cluster1.hdls1… A, dup-name.cluster1.hdls1… A, svc1.testns.cluster1.svc.cluster.local. A | NXDOMAIN; NEG
      zonal names are off | us-west-2a.pin._zone.hdls1… A | NXDOMAIN; NEG
      too long | a.b.c.svc1… A | NXDOMAIN; NEG
      neither svc nor pod | webs.testns.pood.cluster.local. A | NXDOMAIN; NEG
      HTTPS is quickly nothing | svc1… HTTPS, hdls1… HTTPS | NEG
      ANY | svc1… ANY | svc1… 5 HINFO "ANY obsoleted" "See RFC 8482"
      ANY of nothing | svc0… ANY | NXDOMAIN; NEG
      transfers | cluster.local. AXFR, cluster.local. IXFR | REFUSED
      apex SOA | cluster.local. SOA | cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 7200 1800 86400 5
      apex others | cluster.local. A, cluster.local. AAAA, cluster.local. SRV, cluster.local. HINFO | NEG
      apex NS | cluster.local. NS | cluster.local. 5 NS ns.dns.cluster.local.; + ns.dns.cluster.local. 5 A 127.0.0.1
      own address | ns.dns.cluster.local. A | ns.dns.cluster.local. 5 A 127.0.0.1
      own address, other family | ns.dns.cluster.local. AAAA | NEG
      letter case of a missing name | not-a-service.testns.svc.ClUsTeR.lOcAl. A | NXDOMAIN; - ClUsTeR.lOcAl. 5 SOA ns.dns.ClUsTeR.lOcAl. hostmaster.ClUsTeR.lOcAl. 7200 1800 86400 5
      letter case of an owner | SvC1.TeStNs.SvC.cLuStEr.LoCaL. A | SvC1.TeStNs.SvC.cLuStEr.LoCaL. 5 A 10.0.0.1
      letter case of a target | _HtTp._TcP.sVc1.TeStNs.SvC.cLuStEr.LoCaL. SRV | _HtTp._TcP.sVc1.TeStNs.SvC.cLuStEr.LoCaL. 5 SRV 0 100 80 svc1.testns.svc.cLuStEr.LoCaL.; + svc1.testns.svc.cLuStEr.LoCaL. 5 A 10.0.0.1
      letter case of the apex | Cluster.local. SOA | Cluster.local. 5 SOA ns.dns.Cluster.local. hostmaster.Cluster.local. 7200 1800 86400 5
      namespace that does not exist | svc1.nsnoexist.svc.cluster.local. A | NXDOMAIN; NEG
      insecure pod | 10-240-0-1.podns.pod.cluster.local. A | 10-240-0-1.podns.pod.cluster.local. 5 A 10.240.0.1
      insecure pod that is not there | 172-0-0-2.podns.pod.cluster.local. A | 172-0-0-2.podns.pod.cluster.local. 5 A 172.0.0.2
      insecure IPv6 pod | 5678-abcd--2.podns.pod.cluster.local. AAAA | 5678-abcd--2.podns.pod.cluster.local. 5 AAAA 5678:abcd:0:0:0:0:0:2
      insecure pod, other family | 10-240-0-1.podns.pod.cluster.local. AAAA | NEG
      pod name that is no address | blah.podns.pod.cluster.local. A, blah.podns.pod.cluster.local. AAAA, blah.podns.pod.cluster.local. HINFO | NXDOMAIN; NEG
      pod in no namespace | blah.pod-nons.pod.cluster.local. A, 10-0-0-1.pod-nons.pod.cluster.local. A | NXDOMAIN; NEG
      namespace of pods | podns.pod.cluster.local. A, svcns.svc.cluster.local. A | NEG
      """;

  @Test
  void everyCaseOfTheTable_hasARow() {
    List<Integer> cases =
        TABLE
            .lines()
            .map(line -> line.substring(0, line.indexOf(' ')))
            .filter(word -> word.matches("[0-9]+"))
            .map(Integer::valueOf)
            .distinct()
            .sorted()
            .toList();

    // Case 32 needs an upstream; it has its own test.
    assertThat(cases).isEqualTo(IntStream.rangeClosed(1, 33).filter(i -> i != 32).boxed().toList());
  }

  /** The upstream's answer was cut, so ours is. */
  @Test
  void case32_externalNameWithATruncatedUpstream() throws IOException {
    byte[] target = Objects.requireNonNull(WireName.encode("ext.interwebs.test"));
    byte[] record =
        Record.fromString(
                Name.fromString("ext.interwebs.test."), Type.A, DClass.IN, 5, "1.2.3.4", Name.root)
            .toWire(Section.ANSWER);
    ChaseResult chased = new ChaseResult(target, false, 0, List.of(record), true);

    Message message =
        zone(ZoneOptions.of("cluster.local"))
            .ask(KubernetesFixture.expand("external… A"), 65_535, chased);

    assertThat(ZoneHarness.lines(message))
        .isEqualTo(
            ZoneHarness.expected(
                KubernetesFixture.expand(
                    "NOERROR TC; external… 5 CNAME ext.interwebs.test.;"
                        + " ext.interwebs.test. 5 A 1.2.3.4")));
  }

  static Stream<Arguments> rows() {
    return TABLE.lines().map(KubernetesFixture::expand).map(ServeDnsTest::row);
  }

  private static Arguments row(String line) {
    String[] cells = line.split(" \\| ");
    return arguments(cells[0], List.of(cells[1].split(", ")), cells[2]);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void answersAsCoreDns(String name, List<String> questions, String answer) {
    ZoneHarness zone = zone(ZoneOptions.of("cluster.local"));
    for (String question : questions) {
      Message message = zone.ask(question);
      assertThat(ZoneHarness.lines(message))
          .describedAs(name + ": " + question)
          .isEqualTo(ZoneHarness.expected(answer));
      assertThat(message.getHeader().getFlag(Flags.AA)).isTrue();
    }
  }

  private static ZoneHarness zone(ZoneOptions options) {
    return new ZoneHarness(
            options.withLocalAddresses(List.of(dev.fairway.service.IpAddress.parse("127.0.0.1"))),
            true)
        .follow(KubernetesFixture.model());
  }
}
