// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static dev.fairway.dns.server.Exchange.option;
import static dev.fairway.dns.server.Exchange.optionOf;
import static dev.fairway.dns.server.Exchange.query;
import static dev.fairway.dns.server.Exchange.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;

/** DNS cookies: RFC 7873, and RFC 9018 with its examples. */
class CookiesTest {
  private static final int COOKIE = 10;
  private static final String WEB = "web.default.svc.cluster.local. A";
  private static final String SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";
  private static final String CLIENT_COOKIE = "2464c4abcf10c957";
  private static final String COOKIE_AT_1559731985 =
      CLIENT_COOKIE + "010000005cf79f111f8130c3eee29480";

  private static Exchange exchange(boolean required, String... secrets) {
    List<CookieSecret> keys = List.of(secrets).stream().map(CookieSecret::parse).toList();
    return new Exchange(
        ServerOptions.defaults().withCookies(new CookieOptions(true, keys, required)));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "A.1 new    | e5e973e5a6b2a43f48e7dc849e37bfcf | 198.51.100.100 | 1559731985 | 2464c4abcf10c957 | 2464c4abcf10c957 010000005cf79f111f8130c3eee29480",
        "A.2 later  | e5e973e5a6b2a43f48e7dc849e37bfcf | 198.51.100.100 | 1559734385 | 2464c4abcf10c957 010000005cf79f111f8130c3eee29480 | 2464c4abcf10c957 010000005cf7a871d4a564a1442aca77",
        "A.3 other  | e5e973e5a6b2a43f48e7dc849e37bfcf | 203.0.113.203  | 1559734700 | fc93fc62807ddb86 01abcdef5cf78f71a314227b6679ebf5 | fc93fc62807ddb86 010000005cf7a9acf73a7810aca2381e",
        "A.4 IPv6   | 445536bcd2513298075a5d379663c962 | 2001:db8:220:1:59de:d0f4:8769:82b8 | 1559741961 | 22681ab97d52c298 010000005cf7c57926556bd0934c72f8 | 22681ab97d52c298 010000005cf7c609a6bb79d16625507a",
      })
  void example(String name, String secret, String address, long now, String sent, String expected)
      throws Exception {
    Exchange exchange = exchange(false, secret).from(Transport.UDP, address).at(now);

    Message response = exchange.ask(query(WEB, option(COOKIE, sent)));

    assertThat(summary(response)).isEqualTo("NOERROR 1");
    assertThat(optionOf(response, COOKIE)).describedAs(name).isEqualTo(expected.replace(" ", ""));
  }

  @ParameterizedTest(name = "{0} octets")
  @ValueSource(ints = {0, 1, 7, 9, 15, 41})
  void impossibleLength_isFormerr(int size) throws Exception {
    Message response = Exchange.withDefaults().ask(query(WEB, option(COOKIE, "ab".repeat(size))));

    assertThat(summary(response)).isEqualTo("FORMERR 0");
  }

  @ParameterizedTest(name = "{0} octets")
  @ValueSource(ints = {8, 16, 24, 25, 40})
  void anythingElse_isAnsweredWithACookieWhereNoneIsRequired(int size) throws Exception {
    Message response = Exchange.withDefaults().ask(query(WEB, option(COOKIE, "ab".repeat(size))));

    assertThat(summary(response)).isEqualTo("NOERROR 1");
    assertThat(optionOf(response, COOKIE)).hasSize(48).startsWith("ab".repeat(8) + "01000000");
  }

  @Test
  void noCookie_isAnsweredWithout() throws Exception {
    assertThat(optionOf(Exchange.withDefaults().ask(query(WEB, option(3, ""))), COOKIE)).isNull();
    assertThat(Exchange.withDefaults().ask(query(WEB)).getOPT()).isNull();
  }

  @Test
  void switchedOff_isIgnored() throws Exception {
    Exchange exchange =
        new Exchange(
            ServerOptions.defaults().withCookies(new CookieOptions(false, List.of(), true)));

    Message response = exchange.ask(query(WEB, option(COOKIE, CLIENT_COOKIE)));

    assertThat(summary(response)).isEqualTo("NOERROR 1");
    assertThat(optionOf(response, COOKIE)).isNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "the cookie given   | 198.51.100.100 | 1559731985 | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | NOERROR 1",
        "an hour old        | 198.51.100.100 | 1559735585 | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | NOERROR 1",
        "too old            | 198.51.100.100 | 1559735586 | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | BADCOOKIE 0",
        "a clock behind     | 198.51.100.100 | 1559731685 | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | NOERROR 1",
        "from the future    | 198.51.100.100 | 1559731684 | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | BADCOOKIE 0",
        "other address      | 198.51.100.101 | 1559731985 | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | BADCOOKIE 0",
        "other client       | 198.51.100.100 | 1559731985 | 2464c4abcf10c958010000005cf79f111f8130c3eee29480 | BADCOOKIE 0",
        "other version      | 198.51.100.100 | 1559731985 | 2464c4abcf10c957020000005cf79f111f8130c3eee29480 | BADCOOKIE 0",
        "one bit off        | 198.51.100.100 | 1559731985 | 2464c4abcf10c957010000005cf79f111f8130c3eee29481 | BADCOOKIE 0",
        "longer             | 198.51.100.100 | 1559731985 | 2464c4abcf10c957010000005cf79f111f8130c3eee2948000 | BADCOOKIE 0",
        "client cookie only | 198.51.100.100 | 1559731985 | 2464c4abcf10c957 | BADCOOKIE 0",
      })
  void required(String name, String address, long now, String cookie, String expected)
      throws Exception {
    Exchange exchange = exchange(true, SECRET).from(Transport.UDP, address).at(now);

    Message response = exchange.ask(query(WEB, option(COOKIE, cookie)));

    assertThat(summary(response)).describedAs(name).isEqualTo(expected);
    Message again =
        exchange.ask(
            query(WEB, option(COOKIE, Objects.requireNonNull(optionOf(response, COOKIE)))));
    assertThat(summary(again)).describedAs("with the cookie that came").isEqualTo("NOERROR 1");
  }

  @Test
  void required_sendsClientsWithoutCookiesToTcp() throws Exception {
    Exchange exchange = exchange(true, SECRET);

    assertThat(summary(exchange.ask(query(WEB)))).isEqualTo("NOERROR 0 tc");
    assertThat(summary(exchange.ask(query(WEB, option(3, ""))))).isEqualTo("NOERROR 0 tc");
    exchange.from(Transport.TCP, "198.51.100.100");
    assertThat(summary(exchange.ask(query(WEB)))).isEqualTo("NOERROR 1");
    assertThat(summary(exchange.ask(query(WEB, option(COOKIE, CLIENT_COOKIE)))))
        .isEqualTo("NOERROR 1");
  }

  @Test
  void olderSecret_isAcceptedAndReplaced() throws Exception {
    Exchange exchange = exchange(true, "445536bcd2513298075a5d379663c962", SECRET);

    Message response = exchange.ask(query(WEB, option(COOKIE, COOKIE_AT_1559731985)));

    assertThat(summary(response)).isEqualTo("NOERROR 1");
    assertThat(optionOf(response, COOKIE))
        .startsWith(CLIENT_COOKIE)
        .isNotEqualTo(COOKIE_AT_1559731985);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "for a first cookie  | 2464c4abcf10c957                                 | NOERROR 0",
        "to prove one        | 2464c4abcf10c957010000005cf79f111f8130c3eee29480 | NOERROR 0",
        "with a wrong one    | 2464c4abcf10c957010000005cf79f111f8130c3eee29481 | BADCOOKIE 0",
      })
  void noQuestion(String name, String cookie, String expected) throws Exception {
    String length = "%04x".formatted(cookie.length() / 2);
    String optLength = "%04x".formatted(cookie.length() / 2 + 4);

    Message response =
        exchange(false, SECRET)
            .ask(
                "beef 0000 0000 0000 0000 0001"
                    + "00 0029 1000 00 00 0000"
                    + optLength
                    + "000a"
                    + length
                    + cookie);

    assertThat(summary(response)).describedAs(name).isEqualTo(expected);
    assertThat(response.getQuestion()).isNull();
    assertThat(optionOf(response, COOKIE)).isEqualTo(COOKIE_AT_1559731985);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "e5e9",
        "e5e973e5a6b2a43f48e7dc849e37bfcg",
        "+5e973e5a6b2a43f48e7dc849e37bfcf"
      })
  void secretThatIsNone_isRefusedWithoutBeingRepeated(String text) {
    assertThatThrownBy(() -> CookieSecret.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a cookie secret is 32 hexadecimal digits");
    assertThat(CookieSecret.parse(SECRET).toString()).doesNotContain("e5e9");
  }
}
