// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.DnsServer;
import dev.fairway.dns.Programs;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.service.IpPrefix;
import dev.fairway.testing.Skip;
import io.netty.handler.codec.quic.Quic;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encrypted DNS as the clients of others see it, where they are on this machine. */
class OtherClientsIT {
  private static DnsServer server;
  private static SecureOptions secure;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws Exception {
    server =
        TestServers.start(
            TestServers.options()
                .withServer(
                    ServerOptions.defaults()
                        .withTransfers(TransferOptions.to(List.of(IpPrefix.parse("127.0.0.1/32")))))
                .withSecure(TestIdentity.fresh().serveAll(folder)));
    secure = Objects.requireNonNull(server.secure());
    server.onSnapshot(TestServers.webAndBig(2000).step());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest(name = "kdig {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "+tls-ca=CA +tls-hostname=localhost     | TLS session (TLS1.3)",
        "+tls +padding=100 +keepopen            | TLS session (TLS1.3)",
        "+tls-ca=CA +tls-hostname=localhost +https | HTTP session (HTTP/2-POST)",
        "+tls-ca=CA +tls-hostname=localhost +https-get | HTTP session (HTTP/2-GET)",
        "+tls-ca=CA +tls-hostname=localhost +quic | QUIC session (QUICv1)",
      })
  void kdig(String options, String session) throws Exception {
    Skip.unless(Quic.isAvailable() || !options.contains("+quic"), "no QUIC on this machine");
    InetSocketAddress address =
        options.contains("+https")
            ? secure.https().getFirst()
            : options.contains("+quic") ? secure.quic().getFirst() : secure.tls().getFirst();
    List<String> command = new ArrayList<>(List.of("kdig", "@127.0.0.1", "-p"));
    command.add("" + address.getPort());
    command.addAll(
        List.of(options.replace("CA", folder.resolve("tls.crt").toString()).split(" +")));
    command.addAll(List.of("+timeout=5", "+retry=0"));
    for (int answers : new int[] {1, 2000}) {
      List<String> all = new ArrayList<>(command);
      all.addAll(List.of((answers == 1 ? "web" : "big") + ".default.svc.cluster.local.", "A"));

      assertThat(Programs.run(all))
          .contains(session)
          .contains("status: NOERROR")
          .contains("ANSWER: " + answers + ";")
          .contains(answers == 1 ? "127.96.0.10" : "127.64.7.249");
    }
  }

  @Test
  void kdig_transfersOverTls() throws Exception {
    String output =
        Programs.run(
            List.of(
                "kdig",
                "@127.0.0.1",
                "-p",
                "" + secure.tls().getFirst().getPort(),
                "+tls",
                "+timeout=5",
                "cluster.local.",
                "AXFR"));
    assertThat(output).contains("127.64.7.249").contains("6007 records)");
  }

  @ParameterizedTest(name = "dig {0}")
  @CsvSource({"+tls", "+https", "+https-get"})
  void dig(String transport) throws Exception {
    InetSocketAddress address =
        transport.equals("+tls") ? secure.tls().getFirst() : secure.https().getFirst();
    String output =
        Programs.run(
            List.of(
                "dig",
                "@127.0.0.1",
                "-p",
                "" + address.getPort(),
                transport,
                "+tries=1",
                "+time=5",
                "web.default.svc.cluster.local.",
                "A"));
    assertThat(output).contains("status: NOERROR").contains("127.96.0.10");
  }

  @Test
  void dnsperf_overTls() throws Exception {
    Path questions = folder.resolve("questions");
    Files.writeString(
        questions, "web.default.svc.cluster.local. A\nnope.default.svc.cluster.local. A\n");
    String port = "" + secure.tls().getFirst().getPort();
    String output =
        Programs.run(
            List.of(
                "dnsperf",
                "-m",
                "dot",
                "-s",
                "127.0.0.1",
                "-p",
                port,
                "-d",
                questions.toString(),
                "-n",
                "1000",
                "-c",
                "4"));
    assertThat(output)
        .contains("Queries completed:    2000 (100.00%)")
        .contains("NOERROR 1000 (50.00%), NXDOMAIN 1000 (50.00%)");
  }

  /** Many streams at once; {@code dnsperf} loses answers that come in one TLS record. */
  @Test
  void h2load_overHttps() throws Exception {
    Path body = folder.resolve("body");
    Files.write(body, TestClient.question("web.default.svc.cluster.local. A").toWire());
    String url = "https://127.0.0.1:" + secure.https().getFirst().getPort() + "/dns-query";
    String output =
        Programs.run(
            List.of(
                "h2load",
                "-n",
                "2000",
                "-c",
                "4",
                "-m",
                "32",
                "-d",
                body.toString(),
                "-H",
                "content-type: application/dns-message",
                url));
    assertThat(output)
        .contains("Application protocol: h2")
        .contains("2000 succeeded, 0 failed")
        .contains("status codes: 2000 2xx");
  }

  @Test
  void curl_resolvesByHttps() throws Exception {
    String output =
        Programs.run(
            List.of(
                "curl",
                "-sv",
                "--connect-timeout",
                "5",
                "--doh-url",
                "https://127.0.0.1:" + secure.https().getFirst().getPort() + "/dns-query",
                "--doh-insecure",
                "http://web.default.svc.cluster.local:1/"));
    assertThat(output).contains("Trying 127.96.0.10:1");
  }
}
