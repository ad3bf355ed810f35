// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static dev.fairway.dns.server.Exchange.query;
import static dev.fairway.dns.server.Exchange.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;

/** How many UDP queries one address may ask. */
class RateLimitTest {
  private static final String WEB = "web.default.svc.cluster.local. A";
  private static final long MILLISECOND = 1_000_000;

  private long now = 77;

  private RateLimit limit(RateLimitOptions options) {
    return new RateLimit(options, () -> now, 42);
  }

  private static Client v4(int bits) {
    Client client = new Client(Transport.UDP);
    client.setV4(bits);
    return client;
  }

  private static Client v6(long high, long low) {
    Client client = new Client(Transport.UDP);
    client.setV6(high, low);
    return client;
  }

  private static int permitted(RateLimit limit, Client client, int queries) {
    int permitted = 0;
    for (int i = 0; i < queries; i++) {
      permitted += limit.permits(client) ? 1 : 0;
    }
    return permitted;
  }

  @Test
  void client_hasItsBurstAndThenItsRate() {
    RateLimit limit = limit(new RateLimitOptions(100, 20, 2, 128, 16));

    assertThat(permitted(limit, v4(1), 1000)).describedAs("burst").isEqualTo(20);
    now += 100 * MILLISECOND;
    assertThat(permitted(limit, v4(1), 1000)).describedAs("a tenth of a second").isBetween(9, 11);
    now += 60_000 * MILLISECOND;
    assertThat(permitted(limit, v4(1), 1000)).describedAs("after a minute").isEqualTo(20);
  }

  @Test
  void clientThatNeverStops_getsItsRate() {
    RateLimit limit = limit(new RateLimitOptions(100, 1, 2, 128, 16));
    int permitted = 0;
    for (int i = 0; i < 100_000; i++) {
      now += MILLISECOND / 10;
      permitted += limit.permits(v4(1)) ? 1 : 0;
    }
    assertThat(permitted).describedAs("of ten seconds").isBetween(950, 1050);
  }

  @Test
  void clients_doNotTakeFromEachOther() {
    RateLimit limit = limit(new RateLimitOptions(10, 10, 2, 128, 1024));
    for (int client = 0; client < 100; client++) {
      assertThat(permitted(limit, v4(client), 50)).describedAs("client %d", client).isEqualTo(10);
      assertThat(permitted(limit, v6(1L << 61, client), 50)).isEqualTo(10);
    }
  }

  @ParameterizedTest(name = "/{0}")
  @CsvSource({"128, 10, 10", "64, 0, 10", "48, 0, 0"})
  void v6Prefix_makesOneClient(int prefix, int neighbour, int otherNetwork) {
    RateLimit limit = limit(new RateLimitOptions(10, 10, 2, prefix, 1024));

    assertThat(permitted(limit, v6(0x20010db8_00010002L, 1), 50)).isEqualTo(10);
    assertThat(permitted(limit, v6(0x20010db8_00010002L, 2), 50)).isEqualTo(neighbour);
    assertThat(permitted(limit, v6(0x20010db8_00010003L, 1), 50)).isEqualTo(otherNetwork);
  }

  @Test
  void tableThatIsFull_forgetsTheQuietest() {
    RateLimit limit = limit(new RateLimitOptions(1, 1, 2, 128, 16));
    Random random = new Random(7);
    permitted(limit, v4(1), 5);
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      now += MILLISECOND;
      int client = random.nextInt();
      if (seen.add(client)) {
        assertThat(limit.permits(v4(client))).describedAs("a client's first query").isTrue();
      }
    }
  }

  @Test
  void off_letsEverythingPass() {
    assertThat(permitted(limit(RateLimitOptions.off()), v4(1), 10_000)).isEqualTo(10_000);
  }

  @Test
  void above_someAreSentToTcpAndOthersDropped() throws Exception {
    RateLimitOptions limit = new RateLimitOptions(10, 10, 3, 128, 16);
    Exchange exchange = new Exchange(ServerOptions.defaults().withRateLimit(limit));
    byte[] query = query(WEB).toWire();
    int answered = 0;
    int truncated = 0;
    for (int i = 0; i < 40; i++) {
      byte[] response = exchange.send(query);
      if (response != null) {
        String what = summary(new Message(response));
        answered += what.equals("NOERROR 1") ? 1 : 0;
        truncated += what.equals("NOERROR 0 tc") ? 1 : 0;
        assertThat(response.length)
            .describedAs("amplifies nothing")
            .isLessThanOrEqualTo(what.equals("NOERROR 1") ? 512 : query.length);
      }
    }
    assertThat(answered).isEqualTo(10);
    assertThat(truncated).isEqualTo(10);
    assertThat(exchange.metrics().prometheus()).contains("fairway_dns_rate_limited_total 30\n");
    byte[] malformed = new byte[12];
    assertThat(exchange.send(malformed)).describedAs("errors count too").isNull();
    exchange.from(Transport.TCP, "198.51.100.100");
    assertThat(summary(new Message(Objects.requireNonNull(exchange.send(query)))))
        .isEqualTo("NOERROR 1");
    exchange.from(Transport.UDP, "198.51.100.100").pass(1000 * MILLISECOND);
    assertThat(summary(new Message(Objects.requireNonNull(exchange.send(query)))))
        .isEqualTo("NOERROR 1");
  }

  @ParameterizedTest
  @CsvSource({"-1, 1, 128, 16", "1, 0, 128, 16", "1, 1, 0, 16", "1, 1, 129, 16", "1, 1, 128, 17"})
  void optionsThatMakeNoSense_areRefused(int rate, int burst, int prefix, int clients) {
    assertThatThrownBy(() -> new RateLimitOptions(rate, burst, 2, prefix, clients))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
