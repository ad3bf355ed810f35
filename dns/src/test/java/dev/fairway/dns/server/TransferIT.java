// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static dev.fairway.dns.server.Exchange.option;
import static dev.fairway.dns.server.Exchange.optionOf;
import static dev.fairway.dns.server.Exchange.query;
import static dev.fairway.dns.server.Exchange.summary;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.service.IpPrefix;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.ZoneTransferIn;

/** Zone transfers: AXFR (RFC 5936) and IXFR (RFC 1995) over TCP, for those who may. */
class TransferIT {
  private static final int ENDPOINTS = 3000;
  private static final TransferOptions LOOPBACK =
      TransferOptions.to(List.of(IpPrefix.parse("127.0.0.0/8")));

  private final ClusterModel model = TestServers.webAndBig(ENDPOINTS);
  private final List<DnsServer> servers = new ArrayList<>();
  private DnsServer server;

  @BeforeEach
  void start() throws Exception {
    server = start(ServerOptions.defaults().withTransfers(LOOPBACK));
  }

  private DnsServer start(ServerOptions options) throws IOException {
    DnsServer started = startWithoutServices(options);
    started.onSnapshot(new ClusterModel(model).step());
    return started;
  }

  private DnsServer startWithoutServices(ServerOptions options) throws IOException {
    DnsServer started = TestServers.start(TestServers.options().withServer(options));
    servers.add(started);
    return started;
  }

  @AfterEach
  void stop() {
    servers.forEach(DnsServer::close);
  }

  @Test
  void axfr_givesTheWholeZone() throws Exception {
    ZoneTransferIn transfer =
        ZoneTransferIn.newAXFR(
            Name.fromString("cluster.local."), "127.0.0.1", server.address().getPort(), null);
    transfer.run();

    List<Record> records = transfer.getAXFR();
    assertThat(records.getFirst()).isInstanceOf(SOARecord.class);
    assertThat(records.getLast()).isEqualTo(records.getFirst());
    assertThat(new HashSet<>(records)).describedAs("each once").hasSize(records.size() - 1);
    assertThat(records.stream().map(Record::rdataToString))
        .contains("127.96.0.10", "127.64.0.0", "127.64.11.249");
    assertThat(records).hasSizeGreaterThan(3 * ENDPOINTS);
  }

  @Test
  void axfr_isInMessagesThatEachAnswerTheQuery() throws Exception {
    Message query = query("cluster.local. AXFR", option(3, ""));
    int records = 0;
    int soas = 0;
    int messages = 0;
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(query));
      while (soas < 2) {
        Message message = TestClient.receive(socket);
        messages++;
        assertThat(message.getHeader().getID()).isEqualTo(query.getHeader().getID());
        assertThat(message.getQuestion()).isEqualTo(query.getQuestion());
        assertThat(message.getOPT()).isNotNull();
        for (Record record : message.getSection(Section.ANSWER)) {
          records++;
          soas += record.getType() == Type.SOA ? 1 : 0;
        }
      }
    }
    assertThat(messages).isBetween(2, records * 100 / 30_000);
  }

  @Test
  void transfers_andQueriesShareAConnection() throws Exception {
    ByteArrayOutputStream queries = new ByteArrayOutputStream();
    queries.writeBytes(TestClient.framed(query("cluster.local. AXFR")));
    queries.writeBytes(TestClient.framed(query("cluster.local. AXFR")));
    queries.writeBytes(TestClient.framed(query("web.default.svc.cluster.local. A")));
    int soas = 0;
    int web = 0;
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, queries.toByteArray());
      socket.shutdownOutput();
      while (soas < 4 || web < 1) {
        Message message = TestClient.receive(socket);
        for (Record record : message.getSection(Section.ANSWER)) {
          soas += record.getType() == Type.SOA ? 1 : 0;
        }
        web += message.getQuestion().getType() == Type.A ? 1 : 0;
      }
      assertThat(socket.getInputStream().read())
          .describedAs("closed when all is sent")
          .isEqualTo(-1);
    }
  }

  private static Message ixfr(int serial) throws IOException {
    Message query = query("cluster.local. IXFR");
    Name zone = Name.fromString("cluster.local.");
    query.addRecord(
        new SOARecord(zone, DClass.IN, 0, zone, zone, serial & 0xffff_ffffL, 0, 0, 0, 0),
        Section.AUTHORITY);
    return query;
  }

  private int serial() throws IOException {
    Message answer = TestClient.udp(server.address(), query("cluster.local. SOA"));
    return (int) ((SOARecord) answer.getSection(Section.ANSWER).getFirst()).getSerial();
  }

  @ParameterizedTest(name = "a secondary {0} steps ahead")
  @CsvSource({"0, true", "1, true", "2147483647, true", "-1, false", "-2147483647, false"})
  void ixfr_isTheSoaOrTheWholeZone(int ahead, boolean soaOnly) throws Exception {
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(ixfr(serial() + ahead)));
      List<Record> records = TestClient.receive(socket).getSection(Section.ANSWER);
      assertThat(records.getFirst()).isInstanceOf(SOARecord.class);
      assertThat(records.size() == 1).isEqualTo(soaOnly);
    }
  }

  @Test
  void ixfr_withoutItsSerialIsTheWholeZone() throws Exception {
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(query("cluster.local. IXFR")));
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSizeGreaterThan(1);
    }
  }

  @Test
  void udp_givesTheSoaForIxfrAndRefusesAxfr() throws Exception {
    assertThat(summary(TestClient.udp(server.address(), ixfr(1)))).isEqualTo("NOERROR 1");
    assertThat(summary(TestClient.udp(server.address(), query("cluster.local. AXFR"))))
        .isEqualTo("REFUSED 0");
  }

  @Test
  void othersAndOtherNames_areRefused() throws Exception {
    DnsServer closed = start(ServerOptions.defaults());
    DnsServer elsewhere =
        start(
            ServerOptions.defaults()
                .withTransfers(TransferOptions.to(List.of(IpPrefix.parse("192.0.2.0/24")))));
    for (DnsServer refusing : List.of(closed, elsewhere)) {
      for (String question : List.of("cluster.local. AXFR", "cluster.local. IXFR")) {
        Message response = overTcp(refusing, query(question, option(3, "")));
        assertThat(summary(response)).isEqualTo("REFUSED 0");
        assertThat(optionOf(response, 15)).describedAs("prohibited").isEqualTo("0012");
      }
      assertThat(summary(TestClient.udp(refusing.address(), ixfr(1)))).isEqualTo("REFUSED 0");
    }
    for (String name : List.of("svc.cluster.local.", "example.com.", "local.")) {
      assertThat(overTcp(server, query(name + " AXFR")).getRcode()).isEqualTo(Rcode.NOTAUTH);
    }
  }

  @Test
  void tooManyTransfers_areRefusedUntilOneEnds() throws Exception {
    TransferOptions one = new TransferOptions(LOOPBACK.allowed(), List.of(), 1);
    DnsServer narrow =
        start(
            ServerOptions.defaults().withTransfers(one).withTcpIdleTimeout(Duration.ofMillis(500)));
    TestServers.addHeadless(model, "default/huge", "127.65.", 40_000);
    narrow.onSnapshot(new ClusterModel(model).step());
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4096);
      slow.connect(narrow.address());
      TestClient.send(slow, TestClient.framed(query("cluster.local. AXFR")));
      TestClient.receive(slow);

      assertThat(overTcp(narrow, query("cluster.local. AXFR")).getRcode())
          .isEqualTo(Rcode.SERVFAIL);
      // The reader takes no more, so that its connection is closed and its place is free.
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      int rcode = Rcode.SERVFAIL;
      while (rcode == Rcode.SERVFAIL && System.nanoTime() < deadline) {
        rcode = overTcp(narrow, query("cluster.local. AXFR")).getRcode();
      }
      assertThat(rcode).isEqualTo(Rcode.NOERROR);
    }
  }

  private static Message overTcp(DnsServer to, Message query) throws IOException {
    try (Socket socket = TestClient.connect(to.address())) {
      TestClient.send(socket, TestClient.framed(query));
      return TestClient.receive(socket);
    }
  }

  @Test
  void zoneThatIsNotLoaded_isServfail() throws Exception {
    DnsServer empty = startWithoutServices(ServerOptions.defaults().withTransfers(LOOPBACK));

    Message response = overTcp(empty, query("cluster.local. AXFR", option(3, "")));

    assertThat(summary(response)).isEqualTo("SERVFAIL 0");
    assertThat(optionOf(response, 15)).describedAs("not ready").isEqualTo("000e");
  }
}
