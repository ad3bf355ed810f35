// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.server.CookieSecret;
import dev.fairway.dns.server.DesignatedResolver;
import dev.fairway.dns.server.LocalName;
import dev.fairway.dns.server.RateLimitOptions;
import dev.fairway.dns.server.SecureOptions;
import dev.fairway.dns.server.ServerOptions;
import dev.fairway.service.IpPrefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How clients are served, as Corefiles and YAML say it. */
class ServingConfigTest {
  private static final Path FOLDER = Path.of("/etc/dns");
  private static final String SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";

  private static final String COREFILE =
      """
      .:1053 tls://.:1853 https://.:1443 https3://.:1443 quic://. {
          bind 127.0.0.1
          tls tls.crt /run/tls.key
          transfer {
              to 192.0.2.1 192.0.2.2:5353 10.0.0.0/8
          }
          chaos "fairway 1"
          cookie %s {
              required
          }
          ratelimit 100 50 {
              slip 3
              v6_prefix 64
          }
          ddr dns.example.com
          local_names localhost home.arpa private-reverse
      }
      """
          .formatted(SECRET);

  private static final String YAML =
      """
      tls: {certificate: tls.crt, key: /run/tls.key}
      transfer: {to: [192.0.2.1, "192.0.2.2:5353", 10.0.0.0/8]}
      chaos: {version: fairway 1}
      cookie: {secrets: [%s], required: true}
      ratelimit: {perSecond: 100, burst: 50, slip: 3, v6Prefix: 64}
      ddr: dns.example.com
      localNames: [localhost, home.arpa, private-reverse]
      servers:
        - zones: [".", "tls://.:1853", "https://.:1443", "https3://.:1443", "quic://."]
          port: 1053
          bind: 127.0.0.1
      """
          .formatted(SECRET);

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "by default        | . { kubernetes cluster.local }                          | 1232",
        "as CoreDNS        | . { kubernetes cluster.local { compat } }               | 4096",
        "as CoreDNS, but   | . { kubernetes cluster.local { compat } ; bufsize 700 } | 700",
      })
  void udpResponses_haveAtMost(String name, String text, int octets) throws ConfigException {
    String lines = text.replace("{ ", "{\n").replace(" }", "\n}").replace(" ; ", "\n");
    DnsOptions defaults = DnsOptions.of(new InetSocketAddress("127.0.0.1", 0), "cluster.local");

    DnsOptions options = parse("Corefile", lines + "\n").options(List.of(), defaults);

    assertThat(options.server().maxUdpPayload()).isEqualTo(octets);
  }

  private static DnsConfig parse(String file, String text) throws ConfigException {
    return DnsConfig.parse(FOLDER.resolve(file), text, variable -> null);
  }

  private static InetSocketAddress at(int port) throws Exception {
    return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
  }

  static List<Arguments> texts() {
    return List.of(
        argumentSet("Corefile", "Corefile", COREFILE), argumentSet("YAML", "dns.yaml", YAML));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void serving_isUnderstood(String file, String text) throws Exception {
    DnsConfig config = parse(file, text);

    assertThat(config.warnings()).isEmpty();
    assertThat(config.listen()).containsExactly(at(1053));
    SecureOptions secure = Objects.requireNonNull(config.serving().secure());
    assertThat(secure.certificate()).isEqualTo(Path.of("/etc/dns/tls.crt"));
    assertThat(secure.key()).isEqualTo(Path.of("/run/tls.key"));
    assertThat(secure.tls()).containsExactly(at(1853));
    assertThat(secure.https()).containsExactly(at(1443));
    assertThat(secure.http3()).isTrue();
    assertThat(secure.quic()).containsExactly(at(853));
    ServerOptions server = config.serving().apply(ServerOptions.defaults());
    assertThat(server.version()).isEqualTo("fairway 1");
    assertThat(server.cookies().required()).isTrue();
    assertThat(server.cookies().secrets()).containsExactly(CookieSecret.parse(SECRET));
    assertThat(server.rateLimit())
        .isEqualTo(new RateLimitOptions(100, 50, 3, 64, RateLimitOptions.of(1).clients()));
    assertThat(server.localNames())
        .containsExactlyInAnyOrder(
            LocalName.LOCALHOST, LocalName.HOME_ARPA, LocalName.PRIVATE_REVERSE);
    assertThat(server.designated())
        .isEqualTo(new DesignatedResolver("dns.example.com", 1853, 1443, true, "/dns-query", 853));
    assertThat(server.transfers().secondaries())
        .containsExactly(
            new InetSocketAddress("192.0.2.1", 53), new InetSocketAddress("192.0.2.2", 5353));
    assertThat(server.transfers().allowed())
        .extracting(IpPrefix::toString)
        .containsExactly("192.0.2.1/32", "192.0.2.2/32", "10.0.0.0/8");
    assertThat(parse(file, text).serving()).describedAs("read again").isEqualTo(config.serving());
  }

  @Test
  void fileThatSaysNothing_servesAsByDefault() throws Exception {
    DnsConfig config = parse("Corefile", ".:1053 {\n}\n");

    assertThat(config.serving().secure()).isNull();
    assertThat(config.serving().apply(ServerOptions.defaults()))
        .isEqualTo(ServerOptions.defaults());
  }

  @Test
  void localNames_canBeNone() throws Exception {
    DnsConfig config = parse("Corefile", ". {\n local_names none\n}\n");

    assertThat(config.serving().localNames()).isEmpty();
  }

  @Test
  void star_letsEverybodyTransfer() throws Exception {
    DnsConfig config = parse("Corefile", ". {\n transfer {\n to *\n }\n}\n");

    assertThat(config.serving().transfers().allowed())
        .containsExactly(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0"));
    assertThat(config.serving().transfers().secondaries()).isEmpty();
  }

  static List<Arguments> faults() {
    return List.of(
        argumentSet("no certificate", ". tls://. {\n}", "needs 'tls CERTIFICATE KEY'"),
        argumentSet("one file", ". {\n tls a\n}", "Corefile:2: tls: has 1 words (allowed: 2)"),
        argumentSet(
            "option of tls", ". {\n tls a b {\n client_auth require\n }\n}", "no certificates"),
        argumentSet(
            "two certificates",
            "a. {\n tls a b\n}\nb. {\n tls c b\n}",
            "another server block has another certificate"),
        argumentSet(
            "HTTP/3 alone",
            ". https3://. {\n tls a b\n}",
            "https3:// needs https:// with the same"),
        argumentSet("encrypted only", "tls://. {\n tls a b\n}", "add the zone without a scheme"),
        argumentSet("transfer to nobody", ". {\n transfer\n}", "transfer: needs 'to'"),
        argumentSet("no address", ". {\n transfer {\n to there\n }\n}", "'there' is not possible"),
        argumentSet("no secret", ". {\n cookie 12\n}", "not 32 hexadecimal digits"),
        argumentSet("option of cookie", ". {\n cookie {\n x\n }\n}", "(allowed: required, off)"),
        argumentSet("nothing designated", ". {\n ddr a.test\n}", "has no encrypted DNS to tell of"),
        argumentSet("no name", ". {\n ddr .\n}", "'.' is not possible"),
        argumentSet("other local name", ". {\n local_names com\n}", "allowed: none, localhost"),
        argumentSet("no rate", ". {\n ratelimit\n}", "has 0 words (allowed: 1 to 2)"),
        argumentSet(
            "rate of 0", ". {\n ratelimit 0\n}", "'0' is not possible (allowed: 1 to 100000)"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_isNamed(String text, String expected) {
    assertThatThrownBy(() -> parse("Corefile", text + "\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void secretThatIsNone_isNotRepeated() {
    String almost = SECRET.substring(1);

    assertThatThrownBy(() -> parse("Corefile", ". {\n cookie " + almost + "\n}\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageNotContaining(almost);
  }
}
