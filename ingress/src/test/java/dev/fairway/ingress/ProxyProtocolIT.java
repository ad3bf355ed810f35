// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients behind a load balancer that names them in the PROXY protocol. */
class ProxyProtocolIT {
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  private TestBackend backend;
  private UpstreamFixture fixture;

  @BeforeEach
  void start() throws IOException {
    backend = new TestBackend("a");
    fixture = new UpstreamFixture(BackendProtocol.HTTP1, null).endpoints(backend.port());
  }

  @AfterEach
  void stop() {
    fixture.close();
    backend.close();
  }

  private RawClient connect(String trusted) throws IOException {
    InetSocketAddress address = fixture.listenBehind(List.of(IpPrefix.parse(trusted)));
    return new RawClient(address);
  }

  @Test
  void clientIsTheOneThatTheLoadBalancerNames() throws IOException {
    try (RawClient client = connect("127.0.0.0/8")) {
      client.send("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n" + REQUEST);
      assertThat(client.response().body())
          .contains("X-Forwarded-For: 192.0.2.7", "X-Real-IP: 192.0.2.7")
          .contains("X-Forwarded-Port: 443");
      assertThat(client.get("h", "/again").body()).contains("X-Forwarded-For: 192.0.2.7");
    }
  }

  @Test
  void headerInPiecesIsRead() throws IOException {
    try (RawClient client = connect("127.0.0.0/8")) {
      client.send("PRO").send("XY TCP6 2001:db8::7 2001:db8::1 1 ").send("80\r\nGET / HT");
      client.send("TP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.response().body()).contains("X-Forwarded-For: 2001:db8::7");
    }
  }

  @Test
  void loadBalancerMaySpeakForItself() throws IOException {
    try (RawClient client = connect("127.0.0.0/8")) {
      client.send("PROXY UNKNOWN\r\n" + REQUEST);
      assertThat(client.response().body()).contains("X-Forwarded-For: 127.0.0.1");
    }
  }

  @Test
  void loadBalancerWithoutHeaderIsCutOff() throws IOException {
    try (RawClient client = connect("127.0.0.0/8")) {
      client.send(REQUEST);
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(backend.requests).isEmpty();
  }

  @Test
  void othersCannotNameAnybody() throws IOException {
    try (RawClient client = connect("192.0.2.0/24")) {
      client.send("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n" + REQUEST);
      assertThat(client.response().status()).isEqualTo(400);
    }
    try (RawClient client = connect("192.0.2.0/24")) {
      client.send(REQUEST);
      assertThat(client.response().body()).contains("X-Forwarded-For: 127.0.0.1");
    }
  }
}
