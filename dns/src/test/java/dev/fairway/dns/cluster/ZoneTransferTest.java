// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static dev.fairway.dns.cluster.KubernetesFixture.expand;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a secondary is told, in its order. */
class ZoneTransferTest {
  private static final ZoneOptions OPTIONS =
      ZoneOptions.of("cluster.local")
          .withLocalAddresses(List.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("::1")))
          .withExposure(Exposure.ALL.withNamespaces(Set.of("testns", "kube-system")));

  private static final String EXPECTED =
      """
      cluster.local. 5 NS ns.dns.cluster.local.
      ns.dns.cluster.local. 5 A 127.0.0.1
      ns.dns.cluster.local. 5 AAAA 0:0:0:0:0:0:0:1
      external… 5 CNAME ext.interwebs.test.
      external-to-service… 5 CNAME svc1…
      hdls1… 5 A 172.0.0.2
      172-0-0-2.hdls1… 5 A 172.0.0.2
      _http._tcp.hdls1… 5 SRV 0 16 80 172-0-0-2.hdls1…
      hdls1… 5 A 172.0.0.3
      172-0-0-3.hdls1… 5 A 172.0.0.3
      _http._tcp.hdls1… 5 SRV 0 16 80 172-0-0-3.hdls1…
      hdls1… 5 A 172.0.0.4
      dup-name.hdls1… 5 A 172.0.0.4
      _http._tcp.hdls1… 5 SRV 0 16 80 dup-name.hdls1…
      hdls1… 5 A 172.0.0.5
      dup-name.hdls1… 5 A 172.0.0.5
      hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:1
      5678-abcd--1.hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:1
      _http._tcp.hdls1… 5 SRV 0 16 80 5678-abcd--1.hdls1…
      hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:2
      5678-abcd--2.hdls1… 5 AAAA 5678:abcd:0:0:0:0:0:2
      _http._tcp.hdls1… 5 SRV 0 16 80 5678-abcd--2.hdls1…
      hdlsprtls… 5 A 172.0.0.20
      172-0-0-20.hdlsprtls… 5 A 172.0.0.20
      kubedns.kube-system.svc.cluster.local. 5 A 10.0.0.10
      kubedns.kube-system.svc.cluster.local. 5 SRV 0 100 53 kubedns.kube-system.svc.cluster.local.
      _dns._udp.kubedns.kube-system.svc.cluster.local. 5 SRV 0 100 53 kubedns.kube-system.svc.cluster.local.
      svc-dual-stack… 5 A 10.0.0.3
      svc-dual-stack… 5 AAAA 10:0:0:0:0:0:0:3
      svc-dual-stack… 5 SRV 0 50 80 svc-dual-stack…
      _http._tcp.svc-dual-stack… 5 SRV 0 50 80 svc-dual-stack…
      svc1… 5 A 10.0.0.1
      svc1… 5 SRV 0 100 80 svc1…
      _http._tcp.svc1… 5 SRV 0 100 80 svc1…
      svc6… 5 AAAA 1234:abcd:0:0:0:0:0:1
      svc6… 5 SRV 0 100 80 svc6…
      _http._tcp.svc6… 5 SRV 0 100 80 svc6…
      svcempty… 5 A 10.0.0.1
      svcempty… 5 SRV 0 100 80 svcempty…
      _http._tcp.svcempty… 5 SRV 0 100 80 svcempty…
      """;

  @Test
  void recordsComeInOrder() throws IOException {
    List<Record> records = transfer(zone(OPTIONS));

    assertThat(records.getFirst()).isInstanceOf(SOARecord.class).isEqualTo(records.getLast());
    assertThat(lines(records.subList(1, records.size() - 1)))
        .containsExactlyElementsOf(expand(EXPECTED).lines().toList());
  }

  @Test
  void compatible_repeatsRecordsOfASharedHostname() throws IOException {
    List<String> lines = lines(transfer(zone(OPTIONS.withCompat(true))));

    String shared = expand("_http._tcp.hdls1… 5 SRV 0 16 80 dup-name.hdls1…");
    assertThat(lines.stream().filter(shared::equals)).hasSize(2);
  }

  @Test
  void everyRecord_isWhatItsNameAnswers() throws IOException {
    ZoneHarness zone = zone(OPTIONS);
    List<Record> records = transfer(zone);

    for (Record record : records) {
      Message answer = zone.ask(record.getName() + " " + Type.string(record.getType()));
      assertThat(answer.getSection(Section.ANSWER)).contains(record);
    }
  }

  @Test
  void everyRecordOfAName_isTransferred() throws IOException {
    ZoneHarness zone = zone(OPTIONS);
    Set<Record> records = new HashSet<>(transfer(zone));
    for (Record known : Set.copyOf(records)) {
      Message answer = zone.ask(known.getName() + " " + Type.string(known.getType()));
      for (Record record : answer.getSection(Section.ANSWER)) {
        if (record.getName().equals(known.getName())) {
          assertThat(record).isIn(records);
        }
      }
    }
  }

  @Test
  void aTransfer_tellsOneMomentWhateverChanges() throws IOException {
    ClusterModel model = KubernetesFixture.model();
    ZoneHarness zone = new ZoneHarness(OPTIONS, true).follow(model);
    ZoneTransfer transfer = ZoneTransfer.of(zone.zone().snapshot());
    List<String> before = lines(read(transfer));

    model.remove("testns/svc1");
    zone.follow(model);

    assertThat(lines(read(transfer))).isEqualTo(before);
    assertThat(transfer(zone).getFirst()).isNotEqualTo(read(transfer).getFirst());
  }

  @Test
  void onlyTheApex_isAZone() {
    ZoneHarness zone = zone(OPTIONS);

    assertThat(ZoneTransfer.isZone(zone.zone().snapshot(), name("Cluster.LOCAL."))).isTrue();
    assertThat(ZoneTransfer.isZone(zone.zone().snapshot(), name("svc.cluster.local."))).isFalse();
    assertThat(ZoneTransfer.isZone(zone.zone().snapshot(), name("local."))).isFalse();
    assertThat(ZoneTransfer.isZone(zone.zone().snapshot(), name("cluster.example."))).isFalse();
  }

  private static WireName name(String text) {
    return WireName.of(text);
  }

  private static ZoneHarness zone(ZoneOptions options) {
    ClusterModel model = KubernetesFixture.model();
    model.service("unexposedns/svc1").clusterIp("10.0.0.2").port("http", "TCP", 80);
    return new ZoneHarness(options, true).follow(model);
  }

  private static List<Record> transfer(ZoneHarness zone) throws IOException {
    return read(ZoneTransfer.of(zone.zone().snapshot()));
  }

  private static List<Record> read(ZoneTransfer transfer) throws IOException {
    List<Record> records = new ArrayList<>();
    for (byte[] bytes : transfer) {
      records.add(Record.fromWire(bytes, Section.ANSWER));
    }
    return records;
  }

  private static List<String> lines(List<Record> records) {
    return records.stream()
        .map(record ->
            record.getName()
                + " "
                + record.getTTL()
                + " "
                + Type.string(record.getType())
                + " "
                + record.rdataToString())
        .toList();
  }
}
