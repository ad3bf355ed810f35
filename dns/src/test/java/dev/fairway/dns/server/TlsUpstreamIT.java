// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.dns.forward.ForwardRoute;
import dev.fairway.dns.forward.TlsFiles;
import dev.fairway.dns.forward.UpstreamAddress;
import dev.fairway.dns.forward.UpstreamGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** One server asks another by DNS over TLS. */
class TlsUpstreamIT {
  private static final String WEB = "web.default.svc.cluster.local. A";

  @TempDir private Path folder;
  private final TestIdentity identity = TestIdentity.fresh();
  private final List<DnsServer> open = new ArrayList<>();

  @AfterEach
  void stop() {
    open.forEach(DnsServer::close);
  }

  @ParameterizedTest(name = "certificate asked for {0}, trusted {1}: {2}")
  @CsvSource({
    "localhost, true, NOERROR",
    "'', true, NOERROR",
    "dns.example.org, true, SERVFAIL",
    "localhost, false, SERVFAIL"
  })
  void upstream_isAskedOnlyIfItsCertificateIsRight(String name, boolean trusted, String rcode)
      throws Exception {
    DnsServer server = forwarding(name, trusted);

    Message response = TestClient.udp(server.address(), WEB);

    assertThat(Rcode.string(response.getRcode())).isEqualTo(rcode);
    assertThat(response.getSection(Section.ANSWER)).hasSize(rcode.equals("NOERROR") ? 1 : 0);
  }

  @Test
  void connection_isUsedAgain() throws Exception {
    DnsServer server = forwarding("localhost", true);

    for (int i = 0; i < 10; i++) {
      TestClient.udp(server.address(), "missing" + i + ".default.svc.cluster.local. A");
    }

    assertThat(server.metrics().prometheus())
        .containsPattern("coredns_proxy_conn_cache_misses_total\\{.*proto=\"tcp-tls\"} [12]\n");
  }

  /** A server without names of its own that asks another one, which has them, by TLS. */
  private DnsServer forwarding(String name, boolean trusted) throws Exception {
    DnsServer upstream =
        TestServers.start(TestServers.options().withSecure(identity.serveAll(folder)));
    open.add(upstream);
    upstream.onSnapshot(TestServers.web().step());
    UpstreamGroup group =
        UpstreamGroup.of(
                List.of(
                    new UpstreamAddress(
                        UpstreamAddress.Protocol.TLS,
                        Objects.requireNonNull(upstream.secure()).tls().getFirst(),
                        name)))
            .withConnections(
                new UpstreamGroup.Connections(
                    false,
                    Duration.ofSeconds(10),
                    2,
                    null,
                    trusted
                        ? new TlsFiles("", "", folder.resolve("tls.crt").toString())
                        : TlsFiles.NONE));
    DnsServer server =
        TestServers.start(
            DnsOptions.of(TestServers.anyPort(), "other.test")
                .withForward(ForwardOptions.of(List.of(ForwardRoute.of(".", group)))));
    open.add(server);
    return server;
  }
}
