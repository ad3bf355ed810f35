// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.TestServers;
import dev.fairway.dns.metrics.DnsMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Which upstream is asked when, and what a client gets while upstreams fail. */
class UpstreamGroupIT {
  /** However slow the machine is, nothing is asked twice. */
  private static final UpstreamGroup.Failover ONCE =
      new UpstreamGroup.Failover(Set.of(), Set.of(), false, false, 1);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final DnsMetrics metrics = new DnsMetrics();
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicLong skipped = new AtomicLong();

  @AfterEach
  void close() throws Exception {
    end.countDown();
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  @Test
  void sequential_asksTheFirstOneOnly() throws Exception {
    FakeUpstream first = answering("192.0.2.1");
    FakeUpstream second = answering("192.0.2.2");
    Forwarder forwarder = forwarder(policy(UpstreamGroup.Policy.SEQUENTIAL), first, second);

    for (int i = 0; i < 6; i++) {
      assertThat(ForwarderAsk.host(forwarder, "h" + i)).isEqualTo("NOERROR 192.0.2.1");
    }
    assertThat(second.seen()).isEmpty();
  }

  @Test
  void roundRobin_asksAllTheSame() throws Exception {
    FakeUpstream first = answering("192.0.2.1");
    FakeUpstream second = answering("192.0.2.2");
    Forwarder forwarder = forwarder(policy(UpstreamGroup.Policy.ROUND_ROBIN), first, second);

    for (int i = 0; i < 10; i++) {
      ForwarderAsk.host(forwarder, "h" + i);
    }
    assertThat(first.seen()).hasSize(5);
    assertThat(second.seen()).hasSize(5);
  }

  @Test
  void random_asksEachNowAndThen() throws Exception {
    FakeUpstream first = answering("192.0.2.1");
    FakeUpstream second = answering("192.0.2.2");
    Forwarder forwarder = forwarder(policy(UpstreamGroup.Policy.RANDOM), first, second);

    for (int i = 0; i < 64; i++) {
      ForwarderAsk.host(forwarder, "h" + i);
    }
    assertThat(first.seen()).hasSizeBetween(8, 56);
    assertThat(second.seen()).hasSizeBetween(8, 56);
  }

  @Test
  void refusedConnections_endAfterTwoRoundsAndAreSpread() throws Exception {
    Forwarder forwarder =
        forwarder(
            options -> options,
            List.of(TestServers.closedPort(), TestServers.closedPort(), TestServers.closedPort()));

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("nothing EDE 22");
    assertThat(metrics.prometheus()).contains("fairway_dns_upstream_failures_total 6\n");
  }

  @Test
  void failover_asksEachOnceAndGivesTheLastAnswer() throws Exception {
    FakeUpstream first = failing(Rcode.REFUSED);
    FakeUpstream second = failing(Rcode.SERVFAIL);
    Forwarder forwarder = forwarder(policy(UpstreamGroup.Policy.SEQUENTIAL), first, second);

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("SERVFAIL");
    assertThat(first.seen()).hasSize(1);
    assertThat(second.seen()).hasSize(1);
  }

  @Test
  void codesThatAreNoFailure_areTheAnswer() throws Exception {
    FakeUpstream second = answering("192.0.2.2");
    Forwarder forwarder =
        forwarder(
            options ->
                options.withGroups(group ->
                    group
                        .withPolicy(UpstreamGroup.Policy.SEQUENTIAL)
                        .withFailover(
                            new UpstreamGroup.Failover(
                                Set.of(Rcode.SERVFAIL), Set.of(), false, false, 4))),
            failing(Rcode.REFUSED),
            second);

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("REFUSED");
    assertThat(second.seen()).isEmpty();
  }

  @Test
  void nextGroup_isAskedWhereTheFirstSaysSo() throws Exception {
    FakeUpstream denying = failing(Rcode.NXDOMAIN);
    FakeUpstream empty = failing(Rcode.NOERROR);
    FakeUpstream good = answering("192.0.2.3");
    Forwarder forwarder =
        open(
            ForwardOptions.of(
                List.of(
                    new ForwardRoute(
                        ".",
                        List.of(
                            next(denying, Set.of(Rcode.NXDOMAIN), false),
                            next(empty, Set.of(), true),
                            next(good, Set.of(), false)),
                        List.of(),
                        CachePolicy.DEFAULT))));

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("NOERROR 192.0.2.3");
    assertThat(denying.seen()).hasSize(1);
    assertThat(empty.seen()).hasSize(1);
  }

  private static UpstreamGroup next(FakeUpstream upstream, Set<Integer> codes, boolean nodata) {
    return UpstreamGroup.ofAddresses(List.of(upstream.address()))
        .withFailover(new UpstreamGroup.Failover(Set.of(), codes, nodata, false, 2));
  }

  @Test
  void longestZone_decidesWhoIsAsked() throws Exception {
    FakeUpstream all = answering("192.0.2.1");
    FakeUpstream stub = answering("192.0.2.2");
    Forwarder forwarder =
        open(
            ForwardOptions.of(
                List.of(
                    new ForwardRoute(
                        ".",
                        List.of(UpstreamGroup.ofAddresses(List.of(all.address()))),
                        List.of("secret.test"),
                        CachePolicy.DEFAULT),
                    ForwardRoute.of(
                        "corp.test", UpstreamGroup.ofAddresses(List.of(stub.address()))),
                    new ForwardRoute(
                        "none.corp.test", List.of(), List.of(), CachePolicy.DEFAULT))));

    assertThat(ForwarderAsk.name(forwarder, "www.example.com.")).isEqualTo("NOERROR 192.0.2.1");
    assertThat(ForwarderAsk.name(forwarder, "a.corp.test.")).isEqualTo("NOERROR 192.0.2.2");
    assertThat(ForwarderAsk.name(forwarder, "acorp.test.")).isEqualTo("NOERROR 192.0.2.1");
    assertThat(forwarder.refuses(ForwarderAsk.query("a.secret.test. A").name())).isTrue();
    assertThat(forwarder.refuses(ForwarderAsk.query("a.none.corp.test. A").name())).isTrue();
    assertThat(forwarder.refuses(ForwarderAsk.query("a.corp.test. A").name())).isFalse();
  }

  @Test
  void slowUpstream_isOvertakenByTheNext() throws Exception {
    FakeUpstream slow = upstream((query, tcp) -> untilTheEnd());
    FakeUpstream fast = answering("192.0.2.2");
    Forwarder forwarder =
        forwarder(
            options ->
                policy(UpstreamGroup.Policy.SEQUENTIAL)
                    .apply(options)
                    .withTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(60)),
            slow,
            fast);

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("NOERROR 192.0.2.2");
    assertThat(metrics.prometheus()).contains("fairway_dns_hedged_total 1\n");
  }

  @Test
  void upstreamThatFails_isLeftOutUntilAProbeIsAnswered() throws Exception {
    AtomicBoolean up = new AtomicBoolean();
    AtomicInteger questions = new AtomicInteger();
    FakeUpstream recovering =
        upstream((query, tcp) -> {
          questions.addAndGet(query.getQuestion().getType() == Type.A ? 1 : 0);
          return up.get() ? good(query, "192.0.2.1") : List.of();
        });
    FakeUpstream other = answering("192.0.2.2");
    Forwarder forwarder =
        forwarder(
            options ->
                options
                    .withTimeouts(Duration.ofMillis(100), Duration.ofSeconds(3))
                    .withGroups(group ->
                        group
                            .withPolicy(UpstreamGroup.Policy.SEQUENTIAL)
                            .withHealth(
                                new UpstreamGroup.Health(1, Duration.ofMillis(100), true, "."))),
            recovering,
            other);

    assertThat(ForwarderAsk.host(forwarder, "a")).isEqualTo("NOERROR 192.0.2.2");
    int asked = questions.get();
    assertThat(ForwarderAsk.host(forwarder, "b")).isEqualTo("NOERROR 192.0.2.2");
    assertThat(questions).describedAs("left out").hasValue(asked);
    eventually(() ->
        assertThat(metrics.prometheus()).contains("coredns_proxy_healthcheck_failures_total"));
    up.set(true);
    AtomicInteger name = new AtomicInteger();
    eventually(() ->
        assertThat(ForwarderAsk.host(forwarder, "c" + name.getAndIncrement()))
            .isEqualTo("NOERROR 192.0.2.1"));
  }

  @Test
  void withoutAnyUpstreamThatIsUp_failFastAsksNobody() throws Exception {
    FakeUpstream silent = upstream((query, tcp) -> List.of());
    Forwarder forwarder =
        forwarder(
            options ->
                options
                    .withTimeouts(Duration.ofMillis(50), Duration.ofMillis(100))
                    .withGroups(group ->
                        group
                            .withHealth(
                                new UpstreamGroup.Health(1, Duration.ofMinutes(1), true, "."))
                            .withFailover(
                                new UpstreamGroup.Failover(Set.of(), Set.of(), false, true, 2))),
            silent);

    ForwarderAsk.host(forwarder, "a");
    int seen = silent.seen().size();
    assertThat(ForwarderAsk.host(forwarder, "b")).isEqualTo("nothing EDE 22");
    assertThat(silent.seen()).hasSize(seen);
  }

  @Test
  void forceTcp_usesOneConnectionForManyQuestions() throws Exception {
    FakeUpstream upstream = answering("192.0.2.1");
    Forwarder forwarder =
        forwarder(
            options ->
                options.withGroups(group -> group.withFailover(ONCE).withConnections(tcp(1))),
            upstream);

    for (int i = 0; i < 20; i++) {
      assertThat(ForwarderAsk.host(forwarder, "h" + i)).isEqualTo("NOERROR 192.0.2.1");
    }
    assertThat(upstream.seen()).hasSize(20).allMatch(FakeUpstream.Seen::tcp);
    assertThat(upstream.connections()).isEqualTo(1);
    assertThat(metrics.prometheus())
        .contains("coredns_proxy_conn_cache_hits_total")
        .contains("proto=\"tcp\"");
  }

  @Test
  void manyQuestionsAtOnce_waitForTheOnlyConnection() throws Exception {
    CountDownLatch all = new CountDownLatch(40);
    FakeUpstream upstream =
        new FakeUpstream(
            (query, tcp) -> List.of(),
            (query, socket) -> {
              all.countDown();
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      all.await();
                      byte[] framed = FakeUpstream.framed(good(query, "192.0.2.1").getFirst());
                      synchronized (socket) {
                        socket.getOutputStream().write(framed);
                      }
                    } catch (IOException | InterruptedException e) {
                      // closed
                      return;
                    }
                  });
            });
    open.add(upstream);
    Forwarder forwarder =
        forwarder(
            options ->
                options
                    .withTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(20))
                    .withGroups(group -> group.withConnections(tcp(1))),
            upstream);

    List<CompletableFuture<LookupResult>> results = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      CompletableFuture<LookupResult> done = new CompletableFuture<>();
      forwarder.resolve(Lookup.of(ForwarderAsk.query("h" + i + ".example.com. A")), done::complete);
      results.add(done);
    }
    for (CompletableFuture<LookupResult> result : results) {
      assertThat(result.get(30, TimeUnit.SECONDS).message()).isNotNull();
    }
    assertThat(upstream.connections()).isEqualTo(1);
  }

  @Test
  void connectionThatTheUpstreamHasClosed_isReplaced() throws Exception {
    FakeUpstream upstream =
        new FakeUpstream(
            (query, tcp) -> List.of(),
            (query, socket) -> {
              socket
                  .getOutputStream()
                  .write(FakeUpstream.framed(good(query, "192.0.2.1").getFirst()));
              socket.close();
            });
    open.add(upstream);
    Forwarder forwarder =
        forwarder(options -> options.withGroups(group -> group.withConnections(tcp(2))), upstream);

    for (int i = 0; i < 10; i++) {
      assertThat(ForwarderAsk.host(forwarder, "h" + i)).isEqualTo("NOERROR 192.0.2.1");
    }
  }

  @Test
  void oldAnswer_isUsedWhileUpstreamsFail() throws Exception {
    AtomicBoolean up = new AtomicBoolean(true);
    FakeUpstream upstream =
        upstream((query, tcp) -> up.get() ? good(query, "192.0.2.1") : List.of());
    Forwarder forwarder =
        forwarder(
            options -> options.withTimeouts(Duration.ofMillis(50), Duration.ofMillis(100)),
            upstream);
    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("NOERROR 192.0.2.1");
    up.set(false);
    skipped.addAndGet(Duration.ofSeconds(301).toNanos());

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("NOERROR 192.0.2.1 EDE 3");
    int seen = upstream.seen().size();
    LookupResult again = known(forwarder, "h");
    assertThat(again.extendedError()).isEqualTo(3);
    assertThat(again.maxTtl()).isEqualTo(30);
    assertThat(upstream.seen()).describedAs("not asked again for a while").hasSize(seen);
    skipped.addAndGet(Duration.ofDays(2).toNanos());
    assertThat(ForwarderAsk.host(forwarder, "h"))
        .describedAs("too old")
        .isEqualTo("nothing EDE 22");
  }

  @Test
  void slowUpstream_letsClientsHaveTheOldAnswerAfterAWhile() throws Exception {
    AtomicBoolean fast = new AtomicBoolean(true);
    FakeUpstream upstream =
        upstream((query, tcp) -> fast.get() ? good(query, "192.0.2.1") : untilTheEnd());
    CachePolicy policy =
        CachePolicy.DEFAULT.withStale(
            new CachePolicy.Stale(
                Duration.ofHours(1), Duration.ofMillis(50), 30, Duration.ZERO, false));
    Forwarder forwarder =
        forwarder(
            options ->
                options
                    .withCachePolicy(policy)
                    .withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60)),
            upstream);
    ForwarderAsk.host(forwarder, "h");
    fast.set(false);
    skipped.addAndGet(Duration.ofSeconds(301).toNanos());

    assertThat(ForwarderAsk.host(forwarder, "h")).isEqualTo("NOERROR 192.0.2.1 EDE 3");
  }

  @Test
  void immediateStale_isRefreshedOnceHoweverManyAsk() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    AtomicBoolean changed = new AtomicBoolean();
    FakeUpstream upstream =
        upstream((query, tcp) -> {
          if (changed.get()) {
            gate.await();
            return good(query, "192.0.2.2");
          }
          return good(query, "192.0.2.1");
        });
    CachePolicy policy =
        CachePolicy.DEFAULT.withStale(
            new CachePolicy.Stale(Duration.ofHours(1), Duration.ZERO, 0, Duration.ZERO, false));
    Forwarder forwarder =
        forwarder(
            options ->
                options.withCachePolicy(policy).withGroups(group -> group.withFailover(ONCE)),
            upstream);
    ForwarderAsk.host(forwarder, "h");
    changed.set(true);
    skipped.addAndGet(Duration.ofSeconds(301).toNanos());

    for (int i = 0; i < 200; i++) {
      assertThat(known(forwarder, "h").maxTtl()).isZero();
    }
    gate.countDown();
    eventually(() -> assertThat(known(forwarder, "h").maxTtl()).isEqualTo(300));
    assertThat(upstream.seen()).hasSize(2);
  }

  @Test
  void prefetch_fetchesOnceBeforeTheEnd() throws Exception {
    FakeUpstream upstream = answering("192.0.2.1");
    Forwarder forwarder =
        forwarder(
            options ->
                options
                    .withGroups(group -> group.withFailover(ONCE))
                    .withCachePolicy(
                        CachePolicy.DEFAULT.withPrefetch(
                            new CachePolicy.Prefetch(1, Duration.ofHours(1), 10))),
            upstream);
    ForwarderAsk.host(forwarder, "h");
    skipped.addAndGet(Duration.ofSeconds(280).toNanos());

    for (int i = 0; i < 200; i++) {
      known(forwarder, "h");
    }
    eventually(() -> assertThat(known(forwarder, "h").maxTtl()).isBetween(290L, 300L));
    assertThat(upstream.seen()).hasSize(2);
    assertThat(metrics.prometheus()).contains("coredns_cache_prefetch_total 1\n");
  }

  /** Pain 5 of slow upstreams: lookups are bounded, and what is over gets the old answer. */
  @Test
  void overflow_getsTheOldAnswer() throws Exception {
    AtomicBoolean fast = new AtomicBoolean(true);
    FakeUpstream upstream =
        upstream((query, tcp) -> fast.get() ? good(query, "192.0.2.1") : untilTheEnd());
    Forwarder forwarder =
        forwarder(
            options ->
                options
                    .withMaxConcurrent(1)
                    .withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60)),
            upstream);
    ForwarderAsk.host(forwarder, "old");
    fast.set(false);
    skipped.addAndGet(Duration.ofSeconds(301).toNanos());
    forwarder.resolve(Lookup.of(ForwarderAsk.query("busy.example.com. A")), result -> {});

    assertThat(ForwarderAsk.host(forwarder, "old")).isEqualTo("NOERROR 192.0.2.1 EDE 3");
    assertThat(ForwarderAsk.host(forwarder, "new")).isEqualTo("nothing EDE 0");
  }

  /** Something that may throw. */
  private interface Check {
    void run() throws Exception;
  }

  /** Checks again and again until it holds, or for ten seconds. */
  private static void eventually(Check check) throws Exception {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (true) {
      try {
        check.run();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(2_000_000);
      }
    }
  }

  /** The answer for an address below example.com that is kept. */
  private static LookupResult known(Forwarder forwarder, String host) throws IOException {
    LookupResult result = new LookupResult();
    assertThat(forwarder.cached(ForwarderAsk.query(host + ".example.com. A"), result)).isTrue();
    return result;
  }

  /** No answer, when the test is over. */
  private List<byte[]> untilTheEnd() throws InterruptedException {
    end.await();
    return List.of();
  }

  private static UpstreamGroup.Connections tcp(int connections) {
    return new UpstreamGroup.Connections(
        true, Duration.ofSeconds(10), connections, null, TlsFiles.NONE);
  }

  private static UnaryOperator<ForwardOptions> policy(UpstreamGroup.Policy policy) {
    return options -> options.withGroups(group -> group.withPolicy(policy));
  }

  private Forwarder forwarder(UnaryOperator<ForwardOptions> change, FakeUpstream... upstreams) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (FakeUpstream upstream : upstreams) {
      addresses.add(upstream.address());
    }
    return forwarder(change, addresses);
  }

  private Forwarder forwarder(
      UnaryOperator<ForwardOptions> change, List<InetSocketAddress> addresses) {
    return open(change.apply(ForwardOptions.to(addresses)));
  }

  private Forwarder open(ForwardOptions options) {
    Forwarder forwarder =
        new Forwarder(
            options, metrics, () -> System.nanoTime() + skipped.get(), new SecureRandom());
    open.add(forwarder);
    return forwarder;
  }

  private FakeUpstream upstream(FakeUpstream.Script script) throws IOException {
    FakeUpstream upstream = new FakeUpstream(script);
    open.add(upstream);
    return upstream;
  }

  private FakeUpstream answering(String address) throws IOException {
    return upstream((query, tcp) -> good(query, address));
  }

  private FakeUpstream failing(int rcode) throws IOException {
    return upstream((query, tcp) -> List.of(FakeUpstream.response(query, rcode).toWire()));
  }

  private static List<byte[]> good(Message query, String address) throws IOException {
    Message response =
        query.getQuestion().getType() == Type.A
            ? FakeUpstream.response(
                query, Rcode.NOERROR, query.getQuestion().getName() + " 300 A " + address)
            : FakeUpstream.response(query, Rcode.NOERROR);
    return List.of(response.toWire());
  }
}
