// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.dns.rules.RuleSet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** Forwarded names through a whole server against upstreams that behave and that do not. */
class ForwarderIT {
  private static final FakeUpstream.Script GOOD =
      (query, tcp) ->
          List.of(
              FakeUpstream.response(query, Rcode.NOERROR, "www.example.com. 300 A 192.0.2.1")
                  .toWire());
  private static final FakeUpstream.Script SILENT = (query, tcp) -> List.of();

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  @Test
  void answer_isSentOnWithTheClientsIdAndLetterCase() throws Exception {
    DnsServer server = server(upstream(GOOD));
    Message query = TestClient.question("WwW.ExAmPlE.com. A");

    Message response = TestClient.udp(server.address(), query);

    assertThat(response.getHeader().getID()).isEqualTo(query.getHeader().getID());
    assertThat(response.getQuestion().getName()).hasToString("WwW.ExAmPlE.com.");
    assertThat(response.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(response.getHeader().getFlag(Flags.AA)).isFalse();
    assertThat(response.getOPT()).isNull();
    assertThat(data(response)).containsExactly("192.0.2.1");
  }

  @Test
  void answer_isCached() throws Exception {
    FakeUpstream upstream = upstream(GOOD);
    DnsServer server = server(upstream);

    for (int i = 0; i < 5; i++) {
      assertThat(data(TestClient.udp(server.address(), "www.example.com. A"))).hasSize(1);
    }

    assertThat(upstream.seen()).hasSize(1);
  }

  /** CVE-2023-30464: many equal questions under way make a forged answer likely to match one. */
  @Test
  void equalQuestions_areAskedOnce() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    FakeUpstream upstream =
        upstream((query, tcp) -> {
          gate.await();
          return GOOD.answer(query, tcp);
        });
    DnsServer server = server(upstream);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Message>> responses = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        responses.add(clients.submit(() -> TestClient.udp(server.address(), "www.example.com. A")));
      }
      // A cluster name is answered while the upstream hangs.
      assertThat(data(TestClient.udp(server.address(), "web.default.svc.cluster.local. A")))
          .containsExactly("127.96.0.10");
      gate.countDown();
      for (Future<Message> response : responses) {
        assertThat(data(response.get())).containsExactly("192.0.2.1");
      }
    }
    assertThat(upstream.seen()).hasSize(1);
  }

  /** CVE-2023-28452: a forged answer must not make the server drop the valid one after it. */
  @Test
  void forgedAnswers_areSkipped() throws Exception {
    FakeUpstream upstream =
        upstream((query, tcp) -> {
          Message forged =
              FakeUpstream.response(query, Rcode.NOERROR, "www.example.com. 300 A 6.6.6.6");
          forged.getHeader().setID(query.getHeader().getID() ^ 1);
          Message other = TestClient.question("www.example.org. A");
          other.getHeader().setID(query.getHeader().getID());
          return List.of(
              new byte[] {1, 2, 3},
              forged.toWire(),
              FakeUpstream.response(other, Rcode.NXDOMAIN).toWire(),
              query.toWire(),
              GOOD.answer(query, tcp).getFirst());
        });
    DnsServer server = server(upstream);

    assertThat(data(TestClient.udp(server.address(), "www.example.com. A")))
        .containsExactly("192.0.2.1");
    assertThat(server.metrics().prometheus()).contains("fairway_dns_spoof_suspects_total 4\n");
  }

  @Test
  void truncatedAnswer_isFetchedByTcp() throws Exception {
    FakeUpstream upstream =
        upstream((query, tcp) -> {
          Message response = FakeUpstream.response(query, Rcode.NOERROR);
          if (tcp) {
            for (int i = 0; i < 100; i++) {
              response.addRecord(
                  FakeUpstream.record("www.example.com. 300 A 192.0.2." + i), Section.ANSWER);
            }
          } else {
            response.getHeader().setFlag(Flags.TC);
          }
          return List.of(response.toWire());
        });
    DnsServer server = server(upstream);

    Message cut = TestClient.udp(server.address(), "www.example.com. A");
    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.getSection(Section.ANSWER)).hasSize((512 - 33) / 16);
    try (var socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(TestClient.question("www.example.com. A")));
      assertThat(data(TestClient.receive(socket))).hasSize(100);
    }
  }

  @Test
  void overTcp_answersOverTakeEachOther() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    FakeUpstream upstream =
        upstream((query, tcp) -> {
          gate.await();
          return GOOD.answer(query, tcp);
        });
    DnsServer server = server(upstream);
    try (var socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(TestClient.question("www.example.com. A")));
      TestClient.send(
          socket, TestClient.framed(TestClient.question("web.default.svc.cluster.local. A")));
      socket.shutdownOutput();
      assertThat(data(TestClient.receive(socket))).containsExactly("127.96.0.10");
      gate.countDown();
      assertThat(data(TestClient.receive(socket))).containsExactly("192.0.2.1");
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void badUpstreams_arePassedOver() throws Exception {
    FakeUpstream failing =
        upstream((query, tcp) -> List.of(FakeUpstream.response(query, Rcode.SERVFAIL).toWire()));
    FakeUpstream garbled =
        upstream((query, tcp) -> {
          byte[] wire = GOOD.answer(query, tcp).getFirst();
          wire[wire.length - 5] = 99;
          return List.of(wire);
        });
    DnsServer server =
        server(
            options -> options,
            TestServers.closedPort(),
            failing.address(),
            garbled.address(),
            upstream(GOOD).address());

    assertThat(data(TestClient.udp(server.address(), "www.example.com. A")))
        .containsExactly("192.0.2.1");
  }

  @Test
  void errorOfTheOnlyUpstream_isSentOn() throws Exception {
    DnsServer server =
        server(
            upstream(
                (query, tcp) -> List.of(FakeUpstream.response(query, Rcode.REFUSED).toWire())));

    assertThat(TestClient.udp(server.address(), "www.example.com. A").getRcode())
        .isEqualTo(Rcode.REFUSED);
  }

  @Test
  void silence_isServfailWithExtendedError() throws Exception {
    DnsServer server =
        server(
            options -> options.withTimeouts(Duration.ofMillis(50), Duration.ofMillis(100)),
            upstream(SILENT).address());
    Message query = TestClient.question("www.example.com. A");
    query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);

    Message response = TestClient.udp(server.address(), query);

    assertThat(response.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(response.getOPT().getOptions())
        .singleElement()
        .isInstanceOfSatisfying(
            ExtendedErrorCodeOption.class,
            option -> assertThat(option.getErrorCode()).isEqualTo(22));
  }

  @Test
  void closedUpstream_isServfail() throws Exception {
    DnsServer server = server(options -> options, TestServers.closedPort());

    assertThat(TestClient.udp(server.address(), "www.example.com. A").getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void tooManyLookups_areServfailAtOnce() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    FakeUpstream upstream =
        upstream((query, tcp) -> {
          asked.countDown();
          gate.await();
          return GOOD.answer(query, tcp);
        });
    DnsServer server = server(options -> options.withMaxConcurrent(1), upstream.address());
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Message> first =
          clients.submit(() -> TestClient.udp(server.address(), "www.example.com. A"));
      asked.await();
      assertThat(TestClient.udp(server.address(), "other.example.com. A").getRcode())
          .isEqualTo(Rcode.SERVFAIL);
      gate.countDown();
      assertThat(data(first.get())).containsExactly("192.0.2.1");
    }
    assertThat(server.metrics().prometheus())
        .contains("coredns_forward_max_concurrent_rejects_total 1\n");
  }

  /** CVE-2019-19794: identifiers that can be foretold. */
  @Test
  void portsAndIds_differFromLookupToLookup() throws Exception {
    FakeUpstream upstream =
        upstream((query, tcp) -> List.of(FakeUpstream.response(query, Rcode.NXDOMAIN).toWire()));
    DnsServer server = server(upstream);
    for (int i = 0; i < 40; i++) {
      TestClient.udp(server.address(), "host" + i + ".example.com. A");
    }

    assertThat(upstream.seen().stream().map(FakeUpstream.Seen::port).distinct().count())
        .isGreaterThan(35);
    assertThat(
            upstream.seen().stream()
                .map(seen -> seen.query().getHeader().getID())
                .distinct()
                .count())
        .isGreaterThan(35);
  }

  @Test
  void externalName_continuesAtTheUpstream() throws Exception {
    FakeUpstream upstream =
        upstream((query, tcp) ->
            List.of(
                FakeUpstream.response(
                        query,
                        Rcode.NOERROR,
                        "ext.interwebs.test. 60 CNAME a.interwebs.test.",
                        "a.interwebs.test. 60 A 1.2.3.4")
                    .toWire()));
    DnsServer server = server(upstream);

    for (int i = 0; i < 2; i++) {
      Message response = TestClient.udp(server.address(), "external.default.svc.cluster.local. A");
      assertThat(data(response))
          .containsExactly("ext.interwebs.test.", "a.interwebs.test.", "1.2.3.4");
      assertThat(response.getHeader().getFlag(Flags.AA)).isTrue();
    }
    assertThat(upstream.seen()).hasSize(1);
  }

  @Test
  void externalName_isServfailWhenTheUpstreamFails() throws Exception {
    DnsServer server = server(options -> options, TestServers.closedPort());

    Message response = TestClient.udp(server.address(), "external.default.svc.cluster.local. A");

    assertThat(response.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(data(response)).containsExactly("ext.interwebs.test.");
  }

  /**
   * The port must be known before; another program may take it in between, then another is tried.
   */
  private static DnsServer serverThatForwardsToItself() throws Exception {
    for (int attempt = 1; ; attempt++) {
      InetSocketAddress address = TestServers.closedPort();
      try {
        return DnsServer.start(
            DnsOptions.of(address, "cluster.local")
                .withForward(
                    ForwardOptions.to(List.of(address))
                        .withTimeouts(Duration.ofMillis(100), Duration.ofMillis(200))),
            (refused, reason) -> {});
      } catch (IOException taken) {
        if (attempt == 10) {
          throw taken;
        }
      }
    }
  }

  @Test
  void upstreamThatIsThisServer_endsInServfail() throws Exception {
    DnsServer server = serverThatForwardsToItself();
    open.add(server);

    assertThat(TestClient.udp(server.address(), "www.example.com. A").getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  /** Where CoreDNS ends its process: the upstream is left out, and the others go on. */
  @Test
  void upstreamThatIsThisServer_isLeftOutAndTheOthersAreAsked() throws Exception {
    FakeUpstream good = upstream(GOOD);
    DnsServer server = server(options -> options, good.address());
    server.reload(
        RuleSet.PLAIN,
        ForwardOptions.to(List.of(server.address(), good.address()))
            .withGroups(group -> group.withPolicy(UpstreamGroup.Policy.SEQUENTIAL)));

    for (int i = 0; !server.metrics().prometheus().contains("fairway_dns_loops_total 1\n"); i++) {
      assertThat(i).describedAs("the loop is found").isLessThan(5000);
      LockSupport.parkNanos(2_000_000);
    }
    for (int i = 0; i < 5; i++) {
      assertThat(TestClient.udp(server.address(), "h" + i + ".example.org. A").getRcode())
          .isEqualTo(Rcode.NOERROR);
    }
    assertThat(data(TestClient.udp(server.address(), "web.default.svc.cluster.local. A")))
        .containsExactly("127.96.0.10");
    assertThat(good.seen()).hasSize(5);
  }

  @Test
  void reload_losesNoQuery() throws Exception {
    FakeUpstream upstream = upstream(GOOD);
    DnsServer server = server(options -> options, upstream.address());
    AtomicInteger answered = new AtomicInteger();
    AtomicBoolean end = new AtomicBoolean();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> asking = new ArrayList<>();
      for (int c = 0; c < 4; c++) {
        int client = c;
        asking.add(
            clients.submit(() -> {
              for (int i = 0; !end.get(); i++) {
                String name = "c" + client + "-" + i + ".example.com. A";
                assertThat(TestClient.udp(server.address(), name).getRcode())
                    .isEqualTo(Rcode.NOERROR);
                answered.incrementAndGet();
              }
              return null;
            }));
      }
      for (int i = 0; i < 20; i++) {
        int before = answered.get();
        int attempt = i;
        server.reload(
            RuleSet.PLAIN,
            ForwardOptions.to(List.of(upstream.address())).withMaxConcurrent(1000 + attempt));
        while (answered.get() < before + 10) {
          LockSupport.parkNanos(1_000_000);
        }
      }
      end.set(true);
      for (Future<?> one : asking) {
        one.get();
      }
    }
    assertThat(answered.get()).isGreaterThan(200);
  }

  private FakeUpstream upstream(FakeUpstream.Script script) throws IOException {
    FakeUpstream upstream = new FakeUpstream(script);
    open.add(upstream);
    return upstream;
  }

  private DnsServer server(FakeUpstream upstream) throws IOException {
    // However slow the machine is, nothing is asked twice.
    UpstreamGroup.Failover once = new UpstreamGroup.Failover(Set.of(), Set.of(), false, false, 1);
    return server(
        options -> options.withGroups(group -> group.withFailover(once)), upstream.address());
  }

  private DnsServer server(UnaryOperator<ForwardOptions> change, InetSocketAddress... upstreams)
      throws IOException {
    DnsServer server =
        TestServers.start(
            TestServers.options().withForward(change.apply(ForwardOptions.to(List.of(upstreams)))));
    open.add(server);
    ClusterModel model = TestServers.web();
    model.service("default/external").externalName("ext.interwebs.test");
    server.onSnapshot(model.step());
    return server;
  }

  private static List<String> data(Message message) {
    return message.getSection(Section.ANSWER).stream()
        .map(org.xbill.DNS.Record::rdataToString)
        .toList();
  }
}
