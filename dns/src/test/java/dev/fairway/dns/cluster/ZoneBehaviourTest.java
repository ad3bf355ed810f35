// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static dev.fairway.dns.cluster.KubernetesFixture.expand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Options, ExternalName chains, name servers, readiness and serials of the zone. */
class ZoneBehaviourTest {
  private static final ZoneOptions DEFAULTS = ZoneOptions.of("cluster.local");

  @Test
  void names_areServfailBeforeTheFirstSnapshot() {
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true);

    zone.check("svc0… A", "SERVFAIL; NEG");
  }

  @Test
  void pods_disabledDoNotExist() {
    ZoneHarness zone = fixture(DEFAULTS.withPods(PodsMode.DISABLED));

    zone.check("10-240-0-1.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("172-0-0-2.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
  }

  @Test
  void emptyServices_doNotExistWhenIgnored() {
    ZoneHarness zone = fixture(DEFAULTS.withIgnoreEmptyServices(true));

    zone.check("svcempty… A", "NXDOMAIN; NEG");
    zone.check("svc1… A", "svc1… 5 A 10.0.0.1");
    zone.check("external… CNAME", "external… 5 CNAME ext.interwebs.test.");
  }

  @Test
  void headless_existsOnlyWithReadyEndpoints() {
    ClusterModel model = new ClusterModel();
    model.service("testns/db").headless().port("sql", "TCP", 5432).endpoint("10.0.0.1", "a", false);
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);
    zone.check("db… A", "NXDOMAIN; NEG");
    zone.check("a.db… A", "NXDOMAIN; NEG");

    model
        .service("testns/db")
        .headless()
        .port("sql", "TCP", 5432)
        .endpoint("10.0.0.1", "a", false)
        .endpoint("10.0.0.2", "b");
    zone.follow(model);

    zone.check("db… A", "db… 5 A 10.0.0.2");
    zone.check("a.db… A", "NXDOMAIN; NEG");
    zone.check("b.db… A", "b.db… 5 A 10.0.0.2");
  }

  @Test
  void headless_mergesSlicesAndPrefersTheReadyCopy() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/db")
        .headless()
        .slicePort("sql", "TCP", 5432)
        .endpoint("10.0.0.1", "a", false)
        .endpoint("10.0.0.2", "b")
        .slice()
        .slicePort("sql", "TCP", 5433)
        .endpoint("10.0.0.1", "a")
        .endpoint("10.0.0.2", "b");
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    zone.check("db… A", "db… 5 A 10.0.0.1; db… 5 A 10.0.0.2");
    zone.check(
        "_sql._tcp.db… SRV",
        "_sql._tcp.db… 5 SRV 0 33 5433 a.db…; _sql._tcp.db… 5 SRV 0 33 5432 b.db…;"
            + "_sql._tcp.db… 5 SRV 0 33 5433 b.db…;+ a.db… 5 A 10.0.0.1; + b.db… 5 A 10.0.0.2");
  }

  @Test
  void srv_ofSeveralPortsSharesWeightAndGlue() {
    ClusterModel model = new ClusterModel();
    model
        .service("testns/web")
        .clusterIp("10.0.0.1")
        .port("http", "TCP", 80)
        .port("https", "TCP", 443);
    model
        .service("testns/db")
        .headless()
        .port("sql", "TCP", 5432)
        .port("admin", "TCP", 8080)
        .endpoint("10.0.1.1", "a");
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    zone.check(
        "web… SRV", "web… 5 SRV 0 50 80 web…; web… 5 SRV 0 50 443 web…; + web… 5 A 10.0.0.1");
    zone.check(
        "db… SRV", "db… 5 SRV 0 50 5432 a.db…; db… 5 SRV 0 50 8080 a.db…; + a.db… 5 A 10.0.1.1");
  }

  @Test
  void srv_hasNoNameForAnUnnamedPort() {
    ClusterModel model = new ClusterModel();
    model.service("testns/web").clusterIp("10.0.0.1").port("", "TCP", 80);
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    zone.check("web… SRV", "web… 5 SRV 0 100 80 web…; + web… 5 A 10.0.0.1");
    zone.check("_._tcp.web… SRV", "NXDOMAIN; NEG");
  }

  @Test
  void srv_weightIsNeverZero() {
    ClusterModel model = new ClusterModel();
    ClusterModel.ServiceBuilder big =
        model.service("testns/big").headless().port("http", "TCP", 80);
    for (int i = 0; i < 150; i++) {
      big.endpoint("10.0.0." + i);
    }
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    assertThat(zone.ask(expand("_http._tcp.big… SRV")).getSection(Section.ANSWER))
        .hasSize(150)
        .allSatisfy(record -> assertThat(record.rdataToString()).startsWith("0 1 80 "));
  }

  @Test
  void emptyNonTerminals_existUnlessCompatible() {
    fixture(DEFAULTS).check("_tcp.svc1… A", "NEG");
    fixture(DEFAULTS).check("dns.cluster.local. A", "NEG");
    fixture(DEFAULTS).check("_udp.svc1… A", "NXDOMAIN; NEG");
    fixture(DEFAULTS.withCompat(true)).check("_tcp.svc1… A", "NXDOMAIN; NEG");
    fixture(DEFAULTS.withCompat(true)).check("dns.cluster.local. A", "NXDOMAIN; NEG");
  }

  @Test
  void externalName_isACnameForEveryTypeUnlessCompatible() {
    fixture(DEFAULTS).check("external-to-service… TXT", "external-to-service… 5 CNAME svc1…; NEG");
    fixture(DEFAULTS.withCompat(true)).check("external-to-service… TXT", "NEG");
  }

  @Test
  void externalName_toAMissingServiceIsNxdomainUnlessCompatible() {
    ClusterModel model = new ClusterModel();
    model.service("testns/dangling").externalName("gone.testns.svc.cluster.local");

    new ZoneHarness(DEFAULTS, true)
        .follow(model)
        .check("dangling… A", "NXDOMAIN; dangling… 5 CNAME gone…; NEG");
    new ZoneHarness(DEFAULTS.withCompat(true), true)
        .follow(new ClusterModel(model))
        .check("dangling… A", "NEG");
  }

  @Test
  void externalName_loopEndsInServfailUnlessCompatible() {
    ClusterModel model = new ClusterModel();
    model.service("testns/a").externalName("b.testns.svc.cluster.local");
    model.service("testns/b").externalName("a.testns.svc.cluster.local");
    model.service("testns/self").externalName("self.testns.svc.cluster.local");

    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);
    zone.check("a… A", "SERVFAIL; a… 5 CNAME b…; b… 5 CNAME a…");
    zone.check("self… A", "SERVFAIL; self… 5 CNAME self…");
    new ZoneHarness(DEFAULTS.withCompat(true), true)
        .follow(new ClusterModel(model))
        .check("a… A", "NEG");
  }

  @Test
  void externalName_chainHasAnEnd() {
    ClusterModel model = new ClusterModel();
    model.service("testns/target").clusterIp("10.0.0.1");
    for (int i = 0; i < 11; i++) {
      String next = i == 0 ? "target" : "c" + (i - 1);
      model.service("testns/c" + i).externalName(next + ".testns.svc.cluster.local");
    }
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    assertThat(ZoneHarness.lines(zone.ask(expand("c9… A")))).hasSize(12).contains("NOERROR");
    assertThat(ZoneHarness.lines(zone.ask(expand("c10… A")))).contains("SERVFAIL");
  }

  @Test
  void externalName_thatIsAnAddressAnswersIt() {
    ClusterModel model = new ClusterModel();
    model.service("testns/ip").externalName("192.0.2.7");
    model.service("testns/ip6").externalName("2001:db8::7");
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    zone.check("ip… A", "ip… 5 A 192.0.2.7");
    zone.check("ip… AAAA", "NEG");
    zone.check("ip6… AAAA", "ip6… 5 AAAA 2001:db8:0:0:0:0:0:7");
    new ZoneHarness(DEFAULTS.withCompat(true), true)
        .follow(new ClusterModel(model))
        .check("ip… A", "NXDOMAIN; NEG");
  }

  @Test
  void externalName_thatIsNoNameDoesNotExist() {
    ClusterModel model = new ClusterModel();
    model.service("testns/bad").externalName("a..b");
    model.service("testns/good").clusterIp("10.0.0.1");
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);

    zone.check("bad… A", "NXDOMAIN; NEG");
    zone.check("good… A", "good… 5 A 10.0.0.1");
  }

  @Test
  void externalName_outsideIsChased() throws IOException {
    ZoneHarness zone = fixture(DEFAULTS);
    byte[] target = Objects.requireNonNull(WireName.encode("ext.interwebs.test"));
    byte[] record =
        Record.fromString(
                Name.fromString("ext.interwebs.test."), Type.A, DClass.IN, 5, "1.2.3.4", Name.root)
            .toWire(Section.ANSWER);

    assertThat(zone.chaseTargetOf(expand("external… A"))).isEqualTo("ext.interwebs.test.");
    assertThat(zone.chaseTargetOf(expand("external… CNAME"))).isEmpty();
    checkChased(
        zone,
        new ChaseResult(target, false, 0, List.of(record), true),
        "NOERROR TC; external… 5 CNAME ext.interwebs.test.; ext.interwebs.test. 5 A 1.2.3.4");
    checkChased(
        zone,
        new ChaseResult(target, false, 3, List.of(), false),
        "NXDOMAIN; external… 5 CNAME ext.interwebs.test.");
    checkChased(
        zone, ChaseResult.failed(target), "SERVFAIL; external… 5 CNAME ext.interwebs.test.");
    checkChased(fixture(DEFAULTS.withCompat(true)), ChaseResult.failed(target), "NEG");
  }

  private static void checkChased(ZoneHarness zone, ChaseResult result, String answer) {
    assertThat(ZoneHarness.lines(zone.ask(expand("external… A"), 65_535, result)))
        .isEqualTo(ZoneHarness.expected(expand(answer)));
  }

  @Test
  void externalName_withoutUpstreamEndsWithTheCname() {
    ZoneHarness zone = new ZoneHarness(DEFAULTS, false).follow(KubernetesFixture.model());

    zone.check("external… A", "external… 5 CNAME ext.interwebs.test.");
  }

  @Test
  void foreignNames_areLeftToOthers() {
    ZoneHarness zone = fixture(DEFAULTS);

    assertThat(zone.isForeign("www.example.com. A")).isTrue();
    assertThat(zone.isForeign("local. A")).isTrue();
    assertThat(zone.isForeign("xcluster.local. A")).isTrue();
    assertThat(zone.isForeign("1.2.0.192.in-addr.arpa. PTR")).isTrue();
  }

  @Test
  void nameServers_areTheServicesOfThisServer() {
    ClusterModel model = new ClusterModel();
    model.service("kube-system/dns-service").clusterIp("10.0.0.111").endpoint("10.244.0.20");
    model.service("kube-system/hdls-dns-service").headless().endpoint("10.244.0.20");
    model.service("kube-system/dns6-service").clusterIp("10::111").endpoint("10.244.0.20");
    ZoneOptions options =
        ZoneOptions.of("inter.webs.test")
            .withLocalAddresses(List.of(IpAddress.parse("10.244.0.20")));
    ZoneHarness zone = new ZoneHarness(options, true).follow(model);

    zone.check(
        "inter.webs.test. NS",
        """
        inter.webs.test. 5 NS dns-service.kube-system.svc.inter.webs.test.;
        inter.webs.test. 5 NS 10-244-0-20.hdls-dns-service.kube-system.svc.inter.webs.test.;
        inter.webs.test. 5 NS dns6-service.kube-system.svc.inter.webs.test.;
        + dns-service.kube-system.svc.inter.webs.test. 5 A 10.0.0.111;
        + 10-244-0-20.hdls-dns-service.kube-system.svc.inter.webs.test. 5 A 10.244.0.20;
        + dns6-service.kube-system.svc.inter.webs.test. 5 AAAA 10:0:0:0:0:0:0:111\
        """);
  }

  @Test
  void ownName_hasTheAddressesOfTheServer() {
    ZoneOptions options =
        ZoneOptions.of("interwebs.test")
            .withLocalAddresses(List.of(IpAddress.parse("1.2.3.4"), IpAddress.parse("1:2::3:4")));
    ZoneHarness zone = new ZoneHarness(options, true).follow(new ClusterModel());

    zone.check("ns.dns.interwebs.test. A", "ns.dns.interwebs.test. 5 A 1.2.3.4");
    zone.check("ns.dns.interwebs.test. AAAA", "ns.dns.interwebs.test. 5 AAAA 1:2:0:0:0:0:3:4");
  }

  @Test
  void serial_growsWhenAndOnlyWhenAnAnswerChanges() {
    ClusterModel model = KubernetesFixture.model();
    ZoneHarness zone = new ZoneHarness(DEFAULTS, true).follow(model);
    int first = zone.zone().snapshot().serial();

    zone.follow(model);
    assertThat(zone.zone().snapshot().serial()).isEqualTo(first);

    model
        .service("testns/hdlsprtls")
        .headless()
        .endpoint("172.0.0.20")
        .endpoint("172.0.0.99", null, false);
    zone.follow(model);
    assertThat(zone.zone().snapshot().serial()).describedAs("unready endpoint").isEqualTo(first);

    model.service("testns/hdlsprtls").headless().endpoint("172.0.0.21");
    zone.follow(model);
    assertThat(zone.zone().snapshot().serial()).isEqualTo(first + 1);

    model.namespace("another");
    zone.follow(model);
    assertThat(zone.zone().snapshot().serial()).isEqualTo(first + 2);
  }

  @Test
  void retyping_anExternalNameAnswersAtOnce() {
    ClusterModel model = new ClusterModel();
    model.service("testns/foo").externalName("bar.example.com");
    ZoneHarness zone = new ZoneHarness(DEFAULTS, false).follow(model);
    zone.check("foo… A", "foo… 5 CNAME bar.example.com.");

    model.service("testns/foo").clusterIp("10.0.0.9");
    zone.follow(model);
    zone.check("foo… A", "foo… 5 A 10.0.0.9");

    model.remove("testns/foo");
    zone.follow(model);
    zone.check("foo… A", "NXDOMAIN; NEG");

    model.removeNamespace("testns");
    zone.follow(model);
    zone.check("testns.svc.cluster.local. A", "NXDOMAIN; NEG");
  }

  @Test
  void ttls_areThoseOfTheOptions() {
    ZoneHarness zone = fixture(DEFAULTS.withTtl(30, 7));

    zone.check("svc1… A", "svc1… 30 A 10.0.0.1");
    zone.check(
        "svc0… A",
        "NXDOMAIN;"
            + "- cluster.local. 7 SOA ns.dns.cluster.local. hostmaster.cluster.local."
            + " 7200 1800 86400 7");
    assertThat(DEFAULTS.withTtl(0, 3600)).isNotNull();
    assertThatThrownBy(() -> DEFAULTS.withTtl(-1, 5)).hasMessageContaining("[0, 3600]");
    assertThatThrownBy(() -> DEFAULTS.withTtl(3601, 5)).hasMessageContaining("[0, 3600]");
  }

  @Test
  void negativeTtl_isItsOwnUnlessCompatible() {
    ZoneOptions options = DEFAULTS.withTtl(30, 7);
    String soa =
        "NXDOMAIN; - cluster.local. %1$d SOA ns.dns.cluster.local."
            + " hostmaster.cluster.local. 7200 1800 86400 %1$d";

    fixture(options).check("svc0… A", soa.formatted(7));
    fixture(options.withCompat(true)).check("svc0… A", soa.formatted(30));
  }

  @Test
  void additionalRecords_thatAreLeftOutDoNotTruncateUnlessCompatible() {
    ClusterModel model = new ClusterModel();
    ClusterModel.ServiceBuilder db = model.service("testns/db").headless().port("sql", "TCP", 1);
    for (int i = 0; i < 8; i++) {
      db.endpoint("10.0.0." + i, "host-" + i);
    }
    String question = expand("_sql._tcp.db… SRV");

    Message ours = new ZoneHarness(DEFAULTS, true).follow(model).ask(question, 512, null);
    Message theirs =
        new ZoneHarness(DEFAULTS.withCompat(true), true)
            .follow(new ClusterModel(model))
            .ask(question, 512, null);

    for (Message message : List.of(ours, theirs)) {
      assertThat(message.getSection(Section.ANSWER)).hasSize(8);
      assertThat(message.getSection(Section.ADDITIONAL)).hasSizeLessThan(8);
    }
    assertThat(ours.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(theirs.getHeader().getFlag(Flags.TC)).isTrue();
  }

  private static ZoneHarness fixture(ZoneOptions options) {
    return new ZoneHarness(options, true).follow(KubernetesFixture.model());
  }
}
