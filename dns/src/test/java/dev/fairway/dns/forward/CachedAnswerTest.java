// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.UpstreamMessage;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A cached answer on its way to a client. */
class CachedAnswerTest {
  private static final int ROUNDS = 2_000;

  private long now;
  private final Query query = new Query();
  private final ResponseWriter writer = new ResponseWriter(1232, "");
  private final LookupResult result = new LookupResult();
  private final AnswerCache cache =
      new AnswerCache(1000, 1 << 20, 1, () -> now, new ForwardMetrics());

  @Test
  void hit_costsNoAllocation() throws Exception {
    byte[] wire = stored("wWw.example.com. A", 300);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    answer(wire, ROUNDS);
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 20 && least > 0; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      answer(wire, ROUNDS);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    // What the virtual machine itself allocates now and then is not counted in every attempt.
    assertThat(least).describedAs("octets in " + ROUNDS + " hits").isLessThan(ROUNDS);
  }

  @Test
  void ttls_areWhatIsLeft() throws Exception {
    byte[] wire = stored("www.example.com. A", 300);
    now += 100_000_000_000L;

    Message response = new Message(answer(wire, 1));

    assertThat(response.getSection(Section.ANSWER))
        .singleElement()
        .satisfies(record -> assertThat(record.getTTL()).isEqualTo(200));
  }

  @Test
  void largeAnswer_isCutAtARecordAndMarked() throws Exception {
    Message question = TestClient.question("www.example.com. A");
    Message whole = FakeUpstream.response(question, Rcode.NOERROR);
    for (int i = 0; i < 100; i++) {
      whole.addRecord(FakeUpstream.record("www.example.com. 300 A 192.0.2." + i), Section.ANSWER);
    }
    byte[] wire = question.toWire();
    query.parse(wire, wire.length);
    Lookup lookup = Lookup.of(query);
    put(lookup, whole);

    for (int max = 33; max < 1700; max += 7) {
      query.parse(wire, wire.length);
      writer.begin(query, max);
      Objects.requireNonNull(cache.find(query)).answer(now, result);
      writer.foreign(
          Objects.requireNonNull(result.message()), result.age(), result.minTtl(), result.maxTtl());
      int length = writer.finish(0, false, true);
      Message response = new Message(Arrays.copyOf(writer.buffer(), length));
      assertThat(length).isLessThanOrEqualTo(max);
      assertThat(response.getSection(Section.ANSWER)).hasSize(Math.min(100, (max - 33) / 16));
      assertThat(response.getHeader().getFlag(Flags.TC)).isEqualTo(max < 33 + 1600);
    }
  }

  @Test
  void addresses_takeTurnsAndAliasesStayFirst() throws Exception {
    Message question = TestClient.question("www.example.com. A");
    byte[] wire = question.toWire();
    query.parse(wire, wire.length);
    put(
        Lookup.of(query),
        FakeUpstream.response(
            question,
            Rcode.NOERROR,
            "www.example.com. 100 CNAME a.example.com.",
            "a.example.com. 200 A 192.0.2.0",
            "a.example.com. 200 A 192.0.2.1",
            "a.example.com. 200 A 192.0.2.2"));
    now += 10_000_000_000L;

    int[] first = new int[3];
    for (int i = 0; i < 300; i++) {
      List<Record> records = new Message(answer(wire, 1)).getSection(Section.ANSWER);
      assertThat(records).hasSize(4);
      assertThat(records.getFirst().rdataToString()).isEqualTo("a.example.com.");
      assertThat(records).allMatch(record -> record.getTTL() == 90);
      assertThat(records.stream().skip(1).map(Record::rdataToString))
          .containsExactlyInAnyOrder("192.0.2.0", "192.0.2.1", "192.0.2.2");
      first[records.get(1).rdataToString().charAt(8) - '0']++;
    }
    assertThat(first).containsExactly(100, 100, 100);
  }

  @Test
  void cutAnswer_showsAllAddressesInTurn() throws Exception {
    Message question = TestClient.question("www.example.com. A");
    Message whole = FakeUpstream.response(question, Rcode.NOERROR);
    for (int i = 0; i < 50; i++) {
      whole.addRecord(FakeUpstream.record("www.example.com. 300 A 192.0.2." + i), Section.ANSWER);
    }
    byte[] wire = question.toWire();
    query.parse(wire, wire.length);
    put(Lookup.of(query), whole);

    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      query.parse(wire, wire.length);
      writer.begin(query, 512);
      Objects.requireNonNull(cache.find(query)).answer(now, result);
      writer.foreign(
          Objects.requireNonNull(result.message()), result.age(), result.minTtl(), result.maxTtl());
      int length = writer.finish(0, false, true);
      Message response = new Message(Arrays.copyOf(writer.buffer(), length));
      assertThat(response.getSection(Section.ANSWER)).hasSize(29).doesNotHaveDuplicates();
      response.getSection(Section.ANSWER).forEach(record -> seen.add(record.rdataToString()));
    }
    assertThat(seen).hasSize(50);
  }

  private byte[] stored(String text, int ttl) throws Exception {
    Message question = TestClient.question(text);
    byte[] wire = question.toWire();
    query.parse(wire, wire.length);
    String name = question.getQuestion().getName().toString();
    put(
        Lookup.of(query),
        FakeUpstream.response(question, Rcode.NOERROR, name + " " + ttl + " A 192.0.2.1"));
    return wire;
  }

  private void put(Lookup lookup, Message message) {
    byte[] wire = message.toWire();
    UpstreamMessage parsed = UpstreamMessage.parse(wire, wire.length, lookup.name().length);
    cache.put(lookup, parsed, CachePolicy.DEFAULT);
  }

  private byte[] answer(byte[] wire, int times) {
    int length = 0;
    for (int i = 0; i < times; i++) {
      query.parse(wire, wire.length);
      writer.begin(query, 1232);
      CacheEntry entry = Objects.requireNonNull(cache.find(query));
      entry.answer(now, result);
      entry.hit(now);
      writer.foreign(
          Objects.requireNonNull(result.message()), result.age(), result.minTtl(), result.maxTtl());
      length = writer.finish(0, false, true);
    }
    return times == 1 ? Arrays.copyOf(writer.buffer(), length) : wire;
  }
}
