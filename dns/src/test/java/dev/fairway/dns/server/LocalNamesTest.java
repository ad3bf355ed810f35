// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static dev.fairway.dns.server.Exchange.query;
import static dev.fairway.dns.server.Exchange.summary;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Names that are answered here instead of leaking; a name that is not is refused here. */
class LocalNamesTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "localhost. A                 | LOCALHOST       | NOERROR 1  | true",
        "a.b.LOCALHOST. AAAA          | LOCALHOST       | NOERROR 1  | true",
        "localhost. MX                | LOCALHOST       | NOERROR 0  | true",
        "invalid. A                   | INVALID         | NXDOMAIN 0 | true",
        "x.invalid. A                 | INVALID         | NXDOMAIN 0 | true",
        "x.onion. A                   | ONION           | NXDOMAIN 0 | true",
        "resolver.arpa. NS            | RESOLVER_ARPA   | NOERROR 0  | true",
        "_dns.resolver.arpa. SVCB     | RESOLVER_ARPA   | NOERROR 0  | true",
        "x.resolver.arpa. A           | RESOLVER_ARPA   | NXDOMAIN 0 | true",
        "2.0.0.10.in-addr.arpa. PTR   | PRIVATE_REVERSE | NXDOMAIN 0 | false",
        "1.31.172.in-addr.arpa. PTR   | PRIVATE_REVERSE | NXDOMAIN 0 | false",
        "1.127.100.in-addr.arpa. PTR  | PRIVATE_REVERSE | NXDOMAIN 0 | false",
        "1.168.192.in-addr.arpa. PTR  | PRIVATE_REVERSE | NXDOMAIN 0 | false",
        "1.0.d.f.ip6.arpa. PTR        | PRIVATE_REVERSE | NXDOMAIN 0 | false",
        "x.home.arpa. A               | HOME_ARPA       | NXDOMAIN 0 | false",
        "x.test. A                    | TEST            | NXDOMAIN 0 | false",
      })
  void name(String question, LocalName name, String answer, boolean byDefault) throws Exception {
    ServerOptions defaults = ServerOptions.defaults();
    Set<LocalName> others = EnumSet.complementOf(EnumSet.of(name));

    assertThat(ask(defaults.withLocalNames(Set.of(name)), question)).isEqualTo(answer);
    assertThat(ask(defaults.withLocalNames(others), question)).isEqualTo("REFUSED 0");
    assertThat(ask(defaults, question)).isEqualTo(byDefault ? answer : "REFUSED 0");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost.example. A",
    "notlocalhost. A",
    "1.32.172.in-addr.arpa. PTR",
    "1.15.172.in-addr.arpa. PTR",
    "1.63.100.in-addr.arpa. PTR",
    "1.128.100.in-addr.arpa. PTR",
    "arpa. NS",
    "1.0.0.11.in-addr.arpa. PTR"
  })
  void neighbour_isNotTaken(String question) throws Exception {
    ServerOptions all = ServerOptions.defaults().withLocalNames(EnumSet.allOf(LocalName.class));

    assertThat(ask(all, question)).isEqualTo("REFUSED 0");
  }

  private static String ask(ServerOptions options, String question) throws Exception {
    return summary(new Exchange(options).ask(query(question)));
  }

  @Test
  void clients_findOurEncryptedDns() throws Exception {
    ServerOptions options =
        ServerOptions.defaults()
            .withDesignated(
                new DesignatedResolver("dns.example.com", 853, 443, true, "/dns-query", 8853));

    Message response =
        new Exchange(options)
            .from(Transport.TCP, "192.0.2.1")
            .ask(query("_dns.resolver.arpa. SVCB"));

    List<String> records =
        response.getSection(Section.ANSWER).stream().map(Record::rdataToString).toList();
    assertThat(records)
        .containsExactly(
            "1 dns.example.com. alpn=doq port=8853",
            "2 dns.example.com. alpn=dot port=853",
            "3 dns.example.com. alpn=h2,h3 port=443 dohpath=/dns-query{?dns}");
    assertThat(summary(new Exchange(options).ask(query("_dns.resolver.arpa. A"))))
        .isEqualTo("NOERROR 0");
  }
}
