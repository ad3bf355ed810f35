// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.TestClient;
import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

class AnswerCacheTest {
  private static final String SOA = "example.com. %d SOA ns.example.com. h.example.com. 1 2 3 4 %d";

  private static final long SECOND = 1_000_000_000L;
  private static final CachePolicy POLICY = CachePolicy.DEFAULT.withStale(CachePolicy.Stale.NONE);

  private long now = -5_000_000_000L;
  private final AnswerCache cache =
      new AnswerCache(1600, 1 << 20, 7, () -> now, new ForwardMetrics());

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "positive              | NOERROR  | www.example.com. 300 A 192.0.2.1 |            | 300",
        "positive, capped      | NOERROR  | www.example.com. 9999 A 192.0.2.1 |           | 3600",
        "positive, TTL 0       | NOERROR  | www.example.com. 0 A 192.0.2.1 |              | 0",
        "TTL with the top bit  | NOERROR  | www.example.com. 4294967295 A 192.0.2.1 |     | 0",
        "NXDOMAIN, SOA's TTL   | NXDOMAIN |                                  | 60 900     | 60",
        "NXDOMAIN, SOA minimum | NXDOMAIN |                                  | 900 60     | 60",
        "NXDOMAIN, capped      | NXDOMAIN |                                  | 9999 9999  | 1800",
        "NXDOMAIN without SOA  | NXDOMAIN |                                  |            | 0",
        "NODATA                | NOERROR  |                                  | 60 900     | 60",
        "CNAME without target  | NOERROR  | www.example.com. 300 CNAME x.example.com. | 60 900 | 60",
        "SERVFAIL              | SERVFAIL |                                  |            | 1",
        "REFUSED               | REFUSED  |                                  |            | 1",
      })
  void answer_isKeptForItsTtl(
      String name, String rcode, @Nullable String answer, @Nullable String soa, long seconds)
      throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    Message response =
        FakeUpstream.response(TestClient.question("www.example.com. A"), Rcode.value(rcode));
    if (answer != null) {
      // dnsjava's own TTLs end at 2^31.
      response.addRecord(
          FakeUpstream.record(answer.replace("4294967295", "2147483647")), Section.ANSWER);
    }
    if (soa != null) {
      String[] ttls = soa.split(" ");
      response.addRecord(
          FakeUpstream.record(SOA.formatted(Integer.parseInt(ttls[0]), Integer.parseInt(ttls[1]))),
          Section.AUTHORITY);
    }
    byte[] wire = response.toWire();
    if (answer != null && answer.contains("4294967295")) {
      wire[wire.length - 10] = (byte) 0xff;
    }
    put(lookup, message(lookup, wire));

    assertThat(get(lookup) != null).describedAs(name).isEqualTo(seconds > 0);
    now += (seconds - 1) * 1_000_000_000L;
    if (seconds > 0) {
      assertThat(Objects.requireNonNull(get(lookup)).age()).isEqualTo(seconds - 1);
    }
    now += 1_000_000_000L;
    assertThat(get(lookup)).describedAs(name).isNull();
  }

  @ParameterizedTest(name = "TTL {0}, bounds {1} to {2}: kept {3} s")
  @CsvSource({
    "1800, 300, 3600, 1800",
    "299, 300, 3600, 300",
    "299, 0, 3600, 299",
    "3601, 300, 3600, 3600",
    "0, 0, 3600, 0",
    "0, 5, 3600, 5",
    "300, 0, 0, 0"
  })
  void ttl_isBounded(long ttl, int min, int max, long kept) throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    CachePolicy policy =
        CachePolicy.DEFAULT
            .withPositive(new CachePolicy.Bounds(min, max, List.of(), List.of()))
            .withStale(CachePolicy.Stale.NONE);

    LookupResult told = cache.put(lookup, answer(lookup, ttl), policy);

    assertThat(get(lookup) != null).isEqualTo(kept > 0);
    if (kept > 0) {
      assertThat(told.maxTtl()).isEqualTo(kept);
      now += (kept - 1) * SECOND;
      LookupResult last = Objects.requireNonNull(get(lookup));
      assertThat(last.maxTtl()).isEqualTo(1);
      // A TTL that was raised is told raised, until its end.
      assertThat(last.minTtl()).isEqualTo(ttl < min ? 1 : 0);
      now += SECOND;
      assertThat(get(lookup)).isNull();
    }
  }

  @Test
  void zones_limitWhatIsKept() throws IOException {
    CachePolicy policy =
        CachePolicy.DEFAULT.withPositive(
            new CachePolicy.Bounds(0, 60, List.of("example.com."), List.of("not.example.com.")));

    for (String name : List.of("a.example.com.", "b.not.example.com.", "a.example.org.")) {
      Lookup lookup = lookup(name + " A");
      cache.put(lookup, answer(lookup, 60), policy);
    }

    assertThat(get(lookup("a.example.com. A"))).isNotNull();
    assertThat(get(lookup("b.not.example.com. A"))).isNull();
    assertThat(get(lookup("a.example.org. A"))).isNull();
  }

  @Test
  void keepTtl_tellsTheTtlThatCame() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    cache.put(lookup, answer(lookup, 300), CachePolicy.DEFAULT.withKeepTtl(true));

    now += 100 * SECOND;

    assertThat(Objects.requireNonNull(get(lookup)).age()).isZero();
    now += 200 * SECOND;
    assertThat(get(lookup)).isNull();
  }

  @ParameterizedTest(name = "failureTtl {0}")
  @CsvSource({"0", "1", "5", "300"})
  void failure_isRememberedForItsTime(int seconds) throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    cache.put(lookup, null, CachePolicy.DEFAULT.withFailureTtl(seconds));

    assertThat(get(lookup) != null).isEqualTo(seconds > 0);
    now += seconds * SECOND;
    assertThat(get(lookup)).isNull();
  }

  @Test
  void failure_doesNotHideAnOldAnswerThatMayBeUsed() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    CachePolicy policy =
        CachePolicy.DEFAULT.withStale(
            new CachePolicy.Stale(Duration.ofHours(1), Duration.ZERO, 30, Duration.ZERO, false));
    cache.put(lookup, answer(lookup, 60), policy);
    now += 600 * SECOND;

    LookupResult told = cache.put(lookup, null, policy);

    assertThat(told.message()).isNotNull();
    assertThat(told.minTtl()).isEqualTo(30);
    assertThat(told.maxTtl()).isEqualTo(30);
    assertThat(told.extendedError()).isEqualTo(3);
    now += 3600 * SECOND;
    assertThat(cache.put(lookup, null, policy).message()).describedAs("too old").isNull();
  }

  @ParameterizedTest(name = "prefer positive: {0}")
  @CsvSource({"true", "false"})
  void absence_replacesRecordsUnlessThoseArePreferred(boolean preferred) throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    CachePolicy policy =
        CachePolicy.DEFAULT.withStale(
            new CachePolicy.Stale(
                Duration.ofHours(1), Duration.ZERO, 30, Duration.ZERO, preferred));
    cache.put(lookup, answer(lookup, 60), policy);
    now += 61 * SECOND;
    Message gone = FakeUpstream.response(TestClient.question("www.example.com. A"), Rcode.NXDOMAIN);
    gone.addRecord(FakeUpstream.record(SOA.formatted(150, 150)), Section.AUTHORITY);

    LookupResult told = cache.put(lookup, message(lookup, gone.toWire()), policy);

    assertThat(Objects.requireNonNull(told.message()).rcode())
        .isEqualTo(preferred ? Rcode.NOERROR : Rcode.NXDOMAIN);
  }

  @Test
  void oldAbsence_doesNotOutliveNewRecords() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    Message gone = FakeUpstream.response(TestClient.question("www.example.com. A"), Rcode.NXDOMAIN);
    gone.addRecord(FakeUpstream.record(SOA.formatted(60, 60)), Section.AUTHORITY);
    put(lookup, message(lookup, gone.toWire()));

    put(lookup, answer(lookup, 60));

    assertThat(Objects.requireNonNull(Objects.requireNonNull(get(lookup)).message()).rcode())
        .isEqualTo(Rcode.NOERROR);
    assertThat(cache.size()).isEqualTo(1);
  }

  @Test
  void prefetch_isDueOnceNearTheEnd() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    CachePolicy policy =
        CachePolicy.DEFAULT.withPrefetch(new CachePolicy.Prefetch(2, Duration.ofMinutes(1), 10));
    cache.put(lookup, answer(lookup, 80), policy);
    CacheEntry entry = Objects.requireNonNull(cache.find(lookup));

    now += 60 * SECOND;
    assertThat(entry.hit(now)).describedAs("early").isFalse();
    now += 13 * SECOND;
    assertThat(entry.hit(now)).describedAs("second hit, 7 of 80 s left").isTrue();
    for (int i = 0; i < 200; i++) {
      assertThat(entry.hit(now)).describedAs("fetched already").isFalse();
    }
  }

  @Test
  void prefetch_wantsHitsThatFollowEachOther() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    CachePolicy policy =
        CachePolicy.DEFAULT.withPrefetch(new CachePolicy.Prefetch(2, Duration.ofSeconds(10), 90));
    cache.put(lookup, answer(lookup, 100), policy);
    CacheEntry entry = Objects.requireNonNull(cache.find(lookup));

    now += 15 * SECOND;
    assertThat(entry.hit(now)).isFalse();
    now += 11 * SECOND;
    assertThat(entry.hit(now)).describedAs("after a gap").isFalse();
    now += 9 * SECOND;
    assertThat(entry.hit(now)).isTrue();
  }

  @Test
  void truncatedAnswer_isNotKept() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    Message response = good("www.example.com. A");
    response.getHeader().setFlag(Flags.TC);

    put(lookup, message(lookup, response.toWire()));

    assertThat(get(lookup)).isNull();
  }

  @Test
  void failure_isKeptForASecondAndDoesNotHideAnAnswer() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    put(lookup, null);
    assertThat(Objects.requireNonNull(get(lookup)).message()).isNull();

    put(lookup, message(lookup, good("www.example.com. A").toWire()));
    put(lookup, null);
    assertThat(Objects.requireNonNull(get(lookup)).message()).isNotNull();
  }

  /** CVE-2024-0874: an answer to a question with the CD bit was given to others. */
  @Test
  void key_hasTypeAndBitsButNoLetterCase() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    put(lookup, message(lookup, good("www.example.com. A").toWire()));

    assertThat(get(lookup("WWW.example.COM. A"))).isNotNull();
    assertThat(get(lookup("www.example.com. AAAA"))).isNull();
    assertThat(get(lookup("ww.example.com. A"))).isNull();
    Message withDo = TestClient.question("www.example.com. A");
    withDo.addRecord(new OPTRecord(1232, 0, 0, Flags.DO), Section.ADDITIONAL);
    assertThat(get(lookup(withDo))).isNull();
    Message withCd = TestClient.question("www.example.com. A");
    withCd.getHeader().setFlag(Flags.CD);
    assertThat(get(lookup(withCd))).isNull();
  }

  /** What a client asks finds the same as what the server asks itself. */
  @Test
  void queriesAndLookups_haveOneKey() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    put(lookup, answer(lookup, 60));

    assertThat(cache.find(query(TestClient.question("wWw.eXample.com. A")))).isNotNull();
    assertThat(cache.find(query(TestClient.question("www.example.com. TXT")))).isNull();
    assertThat(cache.find(query(TestClient.question("w.example.com. A")))).isNull();
  }

  /** One shard and few buckets: many names stand in one chain, and each finds its own (#5174). */
  @Test
  void names_areComparedWhole() throws IOException {
    AnswerCache small = new AnswerCache(16_000, 16 << 20, 3, () -> now, new ForwardMetrics());
    for (int i = 0; i < 4000; i++) {
      Lookup lookup = lookup("h" + i + ".example.com. A");
      small.put(lookup, answer(lookup, 60 + i), CachePolicy.DEFAULT);
    }

    for (int i = 0; i < 4000; i++) {
      CacheEntry entry = small.find(lookup("h" + i + ".example.com. A"));
      assertThat(Objects.requireNonNull(Objects.requireNonNull(entry).message).ttl())
          .isEqualTo(Math.min(60 + i, 4059));
    }
    assertThat(small.find(lookup("h4000.example.com. A"))).isNull();
  }

  @Test
  void bytes_areBoundedWhateverTheSizeOfAnswers() throws IOException {
    AnswerCache small = new AnswerCache(1_000_000, 256 << 10, 3, () -> now, new ForwardMetrics());
    for (int i = 0; i < 3000; i++) {
      Lookup lookup = lookup("h" + i + ".example.com. TXT");
      Message big =
          FakeUpstream.response(TestClient.question("h" + i + ".example.com. TXT"), Rcode.NOERROR);
      for (int r = 0; r < 1 + i % 7; r++) {
        big.addRecord(
            FakeUpstream.record("h" + i + ".example.com. 60 TXT " + "x".repeat(200) + r),
            Section.ANSWER);
      }
      small.put(lookup, message(lookup, big.toWire()), CachePolicy.DEFAULT);
      assertThat(small.bytes()).isBetween(1L, 256L << 10);
    }
    assertThat(small.size()).isGreaterThan(100);
  }

  @Test
  void namesThatAreAskedAgain_outliveThoseThatAreAskedOnce() throws IOException {
    Lookup popular = lookup("popular.example.com. A");
    put(popular, answer(popular, 3000));
    for (int i = 0; i < 20_000; i++) {
      Lookup lookup = lookup("once" + i + ".example.com. A");
      put(lookup, answer(lookup, 3000));
      if (i % 50 == 0) {
        assertThat(get(popular)).describedAs("after " + i).isNotNull();
      }
    }
  }

  @Test
  void readers_seeWholeAnswersWhileOthersWrite() throws Exception {
    List<Lookup> lookups = new ArrayList<>();
    List<UpstreamMessage> answers = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      Lookup lookup = lookup("h" + i + ".example.com. A");
      lookups.add(lookup);
      answers.add(answer(lookup, 1000 + i));
    }
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong found = new AtomicLong();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> reader =
          threads.submit(() -> {
            Random random = new Random(4);
            while (!done.get() || found.get() == 0) {
              int i = random.nextInt(lookups.size());
              CacheEntry entry = cache.find(lookups.get(i));
              if (entry != null) {
                assertThat(entry.message).isSameAs(answers.get(i));
                found.incrementAndGet();
              }
            }
          });
      Random random = new Random(5);
      for (int n = 0; n < 200_000; n++) {
        int i = random.nextInt(lookups.size());
        put(lookups.get(i), answers.get(i));
      }
      done.set(true);
      reader.get();
    }
    assertThat(cache.size()).isBetween(1000L, 1600L);
  }

  @Test
  void size_isBounded() throws IOException {
    for (int i = 0; i < 5000; i++) {
      String question = "h" + i + ".example.com. A";
      Lookup lookup = lookup(question);
      put(lookup, message(lookup, good(question).toWire()));
    }

    assertThat(cache.size()).isBetween(1000L, 1600L);
    assertThat(get(lookup("h4999.example.com. A"))).describedAs("the last").isNotNull();
    assertThat(get(lookup("h0.example.com. A"))).describedAs("the first").isNull();
  }

  @Test
  void resolvConf_namesUpstreamsButNoLoopback() throws IOException {
    assertThat(
            ResolvConf.parse(
                """
                # comment
                search example.com
                nameserver 127.0.0.53
                nameserver 192.0.2.53
                  nameserver\t2001:db8::53
                nameserver ::1
                nameserver nonsense
                nameserver
                options ndots:5
                """))
        .extracting(InetSocketAddress::getPort, address -> address.getAddress().getHostAddress())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(53, "192.0.2.53"),
            org.assertj.core.groups.Tuple.tuple(53, "2001:db8:0:0:0:0:0:53"));
    assertThat(ResolvConf.upstreams(List.of(java.nio.file.Path.of("does-not-exist")))).isEmpty();
  }

  @Test
  void malformedResponses_areRefused() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    byte[] wire = good("www.example.com. A").toWire();
    for (int length = 33; length < wire.length; length++) {
      assertThat(UpstreamMessage.parse(wire, length, lookup.name().length))
          .describedAs("cut at " + length)
          .isNull();
    }
    java.util.Random random = new Random(5);
    int accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] changed = wire.clone();
      for (int c = 0; c < 3; c++) {
        changed[4 + random.nextInt(changed.length - 4)] = (byte) random.nextInt();
      }
      accepted +=
          UpstreamMessage.parse(changed, changed.length, lookup.name().length) == null ? 0 : 1;
    }
    assertThat(accepted).isPositive();
  }

  private void put(Lookup lookup, @Nullable UpstreamMessage message) {
    cache.put(lookup, message, POLICY);
  }

  /** What a client would get without anybody being asked. */
  private @Nullable LookupResult get(Lookup lookup) {
    CacheEntry entry = cache.find(lookup);
    if (entry == null || !entry.isFresh(now)) {
      return null;
    }
    LookupResult result = new LookupResult();
    entry.answer(now, result);
    entry.hit(now);
    return result;
  }

  private static UpstreamMessage answer(Lookup lookup, long ttl) throws IOException {
    String name = lookup.wireName().toString();
    Message response =
        FakeUpstream.response(
            TestClient.question(name + " A"), Rcode.NOERROR, name + " " + ttl + " A 192.0.2.1");
    return message(lookup, response.toWire());
  }

  private static Message good(String question) throws IOException {
    String name = question.substring(0, question.indexOf(' '));
    return FakeUpstream.response(
        TestClient.question(question), Rcode.NOERROR, name + " 300 A 192.0.2.1");
  }

  private static UpstreamMessage message(Lookup lookup, byte[] wire) {
    return Objects.requireNonNull(UpstreamMessage.parse(wire, wire.length, lookup.name().length));
  }

  private static Lookup lookup(String question) throws IOException {
    return lookup(TestClient.question(question));
  }

  private static Lookup lookup(Message question) {
    return Lookup.of(query(question));
  }

  private static Query query(Message question) {
    Query query = new Query();
    byte[] wire = question.toWire();
    assertThat(query.parse(wire, wire.length)).isEqualTo(Query.Verdict.ANSWER);
    return query;
  }
}
