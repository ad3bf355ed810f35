// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.DnsServer;
import dev.fairway.dns.Programs;
import dev.fairway.dns.TestServers;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The checks of RFC 8906 section 8, and those of options and transports, as {@code dig} sees us.
 */
class DigIT {
  private static DnsServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        TestServers.start(
            TestServers.options()
                .withServer(
                    ServerOptions.defaults()
                        .withNsid("node-1")
                        .withVersion("fairway")
                        .withTransfers(
                            TransferOptions.to(List.of(IpPrefix.parse("127.0.0.1/32"))))));
    server.onSnapshot(TestServers.webAndBig(200).step());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "no EDNS             | +noedns +noad +norec cluster.local. soa                    | status: NOERROR; flags: qr aa$; ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0 | EDNS:",
        "unknown type        | +noedns +noad +norec cluster.local. type1000               | status: NOERROR; flags: qr aa$; ANSWER: 0, AUTHORITY: 1 | EDNS:",
        "CD                  | +noedns +noad +norec +cdflag cluster.local. soa            | status: NOERROR; flags: qr aa cd$; ANSWER: 1 | EDNS:",
        "AD                  | +noedns +norec +adflag cluster.local. soa                  | status: NOERROR; flags: qr aa$; ANSWER: 1 | EDNS:",
        "reserved flag       | +noedns +noad +norec +zflag cluster.local. soa             | status: NOERROR; flags: qr aa$; ANSWER: 1 | MBZ",
        "recursion           | +noedns +noad cluster.local. soa                           | status: NOERROR; flags: qr aa rd$; ANSWER: 1 | ra;",
        "unknown opcode      | +noedns +noad +norec +opcode=15 +header-only               | opcode: RESERVED15; status: NOTIMP; flags: qr$ | ANSWER SECTION",
        "tcp                 | +noedns +noad +norec +tcp cluster.local. soa               | status: NOERROR; flags: qr aa$; ANSWER: 1 | EDNS:",
        "tcp, unknown type   | +noedns +noad +norec +tcp cluster.local. type1000          | status: NOERROR; ANSWER: 0, AUTHORITY: 1 | EDNS:",
        "EDNS                | +edns=0 +nocookie +norec cluster.local. soa                | status: NOERROR; ANSWER: 1; EDNS: version: 0, flags:; udp: 1232 | COOKIE",
        "EDNS 1              | +edns=1 +noednsneg +nocookie +norec cluster.local. soa     | status: BADVERS; ANSWER: 0, AUTHORITY: 0; EDNS: version: 0, | ANSWER SECTION",
        "EDNS option         | +ednsopt=100 +nocookie +norec cluster.local. soa           | status: NOERROR; ANSWER: 1; EDNS: version: 0, | OPT=100",
        "EDNS 1, option      | +edns=1 +noednsneg +ednsopt=100 +nocookie +norec cluster.local. soa | status: BADVERS; ANSWER: 0; EDNS: version: 0, | OPT=100",
        "EDNS flag 0x40      | +ednsflags=0x40 +nocookie +norec cluster.local. soa        | status: NOERROR; ANSWER: 1; EDNS: version: 0, flags:; | MBZ",
        "EDNS flag 0x80      | +ednsflags=0x80 +nocookie +norec cluster.local. soa        | status: NOERROR; ANSWER: 1; EDNS: version: 0, flags:; | MBZ",
        "EDNS 1, flag        | +edns=1 +noednsneg +ednsflags=0x80 +nocookie +norec cluster.local. soa | status: BADVERS; ANSWER: 0; EDNS: version: 0, | MBZ",
        "DO                  | +dnssec +nocookie +norec cluster.local. soa                | status: NOERROR; ANSWER: 1; EDNS: version: 0, flags: do; | RRSIG",
        "DO, 512 octets      | +dnssec +bufsize=512 +ignore +nocookie +norec big.default.svc.cluster.local. a | status: NOERROR; flags: qr aa tc; EDNS: version: 0, flags: do; | RRSIG",
        "512 octets, cut     | +bufsize=512 +ignore +nocookie +norec big.default.svc.cluster.local. a | status: NOERROR; flags: qr aa tc; 127.64.0.; MSG SIZE  rcvd: 50 | NXDOMAIN",
        "cut, then tcp       | +bufsize=512 +nocookie +norec big.default.svc.cluster.local. a | status: NOERROR; flags: qr aa$; ANSWER: 200; (TCP) | tc;",
        "cookie              | +cookie=0102030405060708 +norec cluster.local. soa         | status: NOERROR; ANSWER: 1; COOKIE: 0102030405060708010000 | FORMERR",
        "NSID                | +nsid +nocookie +norec cluster.local. soa                  | status: NOERROR; ANSWER: 1; (\"node-1\") | COOKIE",
        "client subnet       | +subnet=0.0.0.0/0 +nocookie +norec cluster.local. soa      | status: NOERROR; ANSWER: 1; EDNS: version: 0 | CLIENT-SUBNET: 0.0.0.0/0/1",
        "keepalive           | +tcp +keepalive +nocookie +norec cluster.local. soa        | status: NOERROR; ANSWER: 1; TCP KEEPALIVE: 10.0 | FORMERR",
        "keepalive over UDP  | +keepalive +nocookie +norec cluster.local. soa             | status: NOERROR; ANSWER: 1 | KEEPALIVE:",
        "ANY                 | +norec +nocookie web.default.svc.cluster.local. any        | status: NOERROR; ANSWER: 1; HINFO; \"See RFC 8482\" | 127.96",
        "other zone          | +nocookie example.com. a                                   | status: REFUSED; ANSWER: 0; EDE: 20 | AUTHORITY: 1",
        "class CH            | +nocookie version.bind. ch txt                             | status: NOERROR; ANSWER: 1; CH; \"fairway\" | REFUSED",
        "class HS            | +nocookie cluster.local. hs txt                            | status: REFUSED; ANSWER: 0 | AUTHORITY: 1",
        "IPv4 reverse        | +nocookie -x 127.96.0.10                                   | status: NOERROR; web.default.svc.cluster.local. | NXDOMAIN",
        "transfer            | +nocookie cluster.local. axfr                              | XFR size: ; 127.96.0.10; hostmaster.cluster.local. | Transfer failed",
        "incremental         | +nocookie cluster.local. ixfr=1                            | XFR size: ; 127.96.0.10; hostmaster.cluster.local. | Transfer failed",
      })
  void dig(String name, String arguments, String expected, String unexpected) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("dig", "@127.0.0.1", "-p", "" + server.address().getPort(), "+tries=1"));
    command.addAll(List.of("+time=5", "+comments"));
    command.addAll(List.of(arguments.split(" +")));
    String output = Programs.run(command);

    // Flags end with a semicolon, which separates what is expected.
    for (String part : expected.split(";")) {
      String wanted = part.strip();
      if (wanted.endsWith("$")) {
        assertThat(output).contains(wanted.substring(0, wanted.length() - 1) + ";");
      } else {
        assertThat(output).contains(wanted);
      }
    }
    assertThat(output).doesNotContain(unexpected);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"+keepopen", "+nokeepopen"})
  void dig_asksSeveralTimesOverOneConnection(String keep) throws Exception {
    List<String> command = new ArrayList<>(List.of("dig", "@127.0.0.1", "-p"));
    command.addAll(List.of("" + server.address().getPort(), "+tcp", keep, "+short"));
    for (int i = 0; i < 3; i++) {
      command.addAll(List.of("web.default.svc.cluster.local.", "A"));
    }
    assertThat(Programs.run(command).strip().lines())
        .containsExactly("127.96.0.10", "127.96.0.10", "127.96.0.10");
  }
}
