// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static dev.fairway.dns.server.Exchange.option;
import static dev.fairway.dns.server.Exchange.optionOf;
import static dev.fairway.dns.server.Exchange.query;
import static dev.fairway.dns.server.Exchange.summary;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Options of EDNS that depend on what carries the query: keepalive, padding, extended errors. */
class EdnsOptionsTest {
  private static final int NSID = 3;
  private static final int COOKIE = 10;
  private static final int KEEPALIVE = 11;
  private static final int PADDING = 12;
  private static final int EXTENDED_ERROR = 15;
  private static final String WEB = "web.default.svc.cluster.local. A";

  @ParameterizedTest(name = "{0}")
  @CsvSource({"UDP, false", "TCP, true", "TLS, true", "HTTPS, false", "HTTP3, false"})
  void keepalive_isToldOnStreams(Transport transport, boolean told) throws Exception {
    Exchange exchange = Exchange.withDefaults().from(transport, "192.0.2.1");

    assertThat(optionOf(exchange.ask(query(WEB, option(KEEPALIVE, ""))), KEEPALIVE))
        .isEqualTo(told ? "0064" : null);
    assertThat(optionOf(exchange.ask(query(WEB, option(NSID, ""))), KEEPALIVE))
        .describedAs("not asked")
        .isNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"'', NOERROR 1", "00, FORMERR 0", "0064, NOERROR 1", "006400, FORMERR 0"})
  void keepalive_isEmptyOrATimeout(String data, String expected) throws Exception {
    Exchange exchange = Exchange.withDefaults().from(Transport.TCP, "192.0.2.1");

    assertThat(summary(exchange.ask(query(WEB, option(KEEPALIVE, data))))).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void padding_fillsBlocksWhereNobodyCanReadAlong(Transport transport) throws Exception {
    Exchange exchange = Exchange.withDefaults().from(transport, "192.0.2.1");
    for (String name : new String[] {"web", "big", "nope"}) {
      Message query = query(name + ".default.svc.cluster.local. A", option(PADDING, "0000"));

      byte[] response = Objects.requireNonNull(exchange.send(query.toWire()));

      String padding = optionOf(new Message(response), PADDING);
      if (transport.isEncrypted()) {
        assertThat(response.length % 468).describedAs("octets left").isZero();
        assertThat(padding).matches("(00)*");
      } else {
        assertThat(padding).isNull();
      }
    }
  }

  @Test
  void padding_isNotForThoseWhoDoNotPad() throws Exception {
    Exchange exchange = Exchange.withDefaults().from(Transport.TLS, "192.0.2.1");

    assertThat(optionOf(exchange.ask(query(WEB, option(NSID, ""))), PADDING)).isNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "not ours            | example.com. A      | REFUSED 0 | 0014",
        "a transfer          | cluster.local. AXFR | REFUSED 0 | 0012",
        "nothing of the type | cluster.local. MX   | NOERROR 0 | ",
      })
  void extendedError_isForClientsWithEdns(
      String name, String question, String expected, String code) throws Exception {
    Message response = Exchange.withDefaults().ask(query(question, option(NSID, "")));

    assertThat(summary(response)).describedAs(name).isEqualTo(expected);
    assertThat(optionOf(response, EXTENDED_ERROR)).isEqualTo(code);
    assertThat(Exchange.withDefaults().ask(query(question)).getOPT()).isNull();
  }

  @Test
  void allOptionsTogether_leaveRoomForThemselves() throws Exception {
    ServerOptions options = ServerOptions.defaults().withNsid("n".repeat(255));
    Exchange exchange = new Exchange(options).from(Transport.UDP, "192.0.2.1");
    EDNSOption[] asked = {
      option(NSID, ""), option(COOKIE, "0102030405060708"), option(KEEPALIVE, "")
    };

    byte[] response =
        Objects.requireNonNull(
            exchange.send(query("big.default.svc.cluster.local. A", asked).toWire()));

    assertThat(response.length).isBetween(1232 - 16 - 6, 1232);
    Message message = new Message(response);
    assertThat(message.getSection(Section.ANSWER)).isNotEmpty();
    assertThat(optionOf(message, NSID)).hasSize(510);
    assertThat(optionOf(message, COOKIE)).hasSize(48);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "version.bind. TXT CH   | NOERROR 1 | fairway 1",
        "VERSION.server. TXT CH | NOERROR 1 | fairway 1",
        "id.server. TXT CH      | NOERROR 1 | node-1",
        "hostname.bind. TXT CH  | NOERROR 1 | node-1",
        "hostname.bind. A CH    | NOERROR 0 |",
        "authors.bind. TXT CH   | REFUSED 0 |",
        "web.default.svc.cluster.local. A CH | REFUSED 0 |",
      })
  void chaosClass_tellsWhatItIsConfiguredTo(String question, String expected, String text)
      throws Exception {
    ServerOptions options = ServerOptions.defaults();
    Message response =
        new Exchange(options.withNsid("node-1").withVersion("fairway 1")).ask(query(question));

    assertThat(summary(response)).isEqualTo(expected);
    if (text != null) {
      assertThat(response.getSection(Section.ANSWER))
          .singleElement()
          .satisfies(record -> assertThat(record.toString()).contains("CH\tTXT").contains(text));
    }
    assertThat(summary(new Exchange(options).ask(query(question)))).isEqualTo("REFUSED 0");
  }
}
