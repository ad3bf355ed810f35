// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.TestClient;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
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

  private long now = -5_000_000_000L;
  private final AnswerCache cache = new AnswerCache(1600, 1 << 20, () -> now);

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
    cache.put(lookup, message(lookup, wire));

    assertThat(cache.get(lookup) != null).describedAs(name).isEqualTo(seconds > 0);
    now += (seconds - 1) * 1_000_000_000L;
    if (seconds > 0) {
      assertThat(Objects.requireNonNull(cache.get(lookup)).age()).isEqualTo(seconds - 1);
    }
    now += 1_000_000_000L;
    assertThat(cache.get(lookup)).describedAs(name).isNull();
    assertThat(cache.size()).isZero();
  }

  @Test
  void truncatedAnswer_isNotKept() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    Message response = good("www.example.com. A");
    response.getHeader().setFlag(Flags.TC);

    cache.put(lookup, message(lookup, response.toWire()));

    assertThat(cache.get(lookup)).isNull();
  }

  @Test
  void failure_isKeptForASecondAndDoesNotHideAnAnswer() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    cache.put(lookup, null);
    assertThat(Objects.requireNonNull(cache.get(lookup)).message()).isNull();

    cache.put(lookup, message(lookup, good("www.example.com. A").toWire()));
    cache.put(lookup, null);
    assertThat(Objects.requireNonNull(cache.get(lookup)).message()).isNotNull();
  }

  @Test
  void key_hasTypeAndBitsButNoLetterCase() throws IOException {
    Lookup lookup = lookup("www.example.com. A");
    cache.put(lookup, message(lookup, good("www.example.com. A").toWire()));

    assertThat(cache.get(lookup("WWW.example.COM. A"))).isNotNull();
    assertThat(cache.get(lookup("www.example.com. AAAA"))).isNull();
    assertThat(cache.get(lookup("ww.example.com. A"))).isNull();
    Message withDo = TestClient.question("www.example.com. A");
    withDo.addRecord(new OPTRecord(1232, 0, 0, Flags.DO), Section.ADDITIONAL);
    assertThat(cache.get(lookup(withDo))).isNull();
    Message withCd = TestClient.question("www.example.com. A");
    withCd.getHeader().setFlag(Flags.CD);
    assertThat(cache.get(lookup(withCd))).isNull();
  }

  @Test
  void size_isBounded() throws IOException {
    for (int i = 0; i < 5000; i++) {
      String question = "h" + i + ".example.com. A";
      Lookup lookup = lookup(question);
      cache.put(lookup, message(lookup, good(question).toWire()));
    }

    assertThat(cache.size()).isBetween(1000, 1600);
    assertThat(cache.get(lookup("h4999.example.com. A"))).describedAs("the last").isNotNull();
    assertThat(cache.get(lookup("h0.example.com. A"))).describedAs("the first").isNull();
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
    java.util.Random random = new java.util.Random(5);
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
    Query query = new Query();
    byte[] wire = question.toWire();
    assertThat(query.parse(wire, wire.length)).isEqualTo(Query.Verdict.ANSWER);
    return Lookup.of(query);
  }
}
