// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.http1.HttpLimits;
import dev.fairway.ingress.listener.ConnectionLimits;
import dev.fairway.ingress.listener.ListenerLimits;
import dev.fairway.ingress.listener.MinBodyRate;
import dev.fairway.ingress.tls.TlsClient;
import dev.fairway.ingress.upstream.UpstreamOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that begin and do not go on, or begin in as many pieces as they can. */
class SlowClientIT {
  private static final String UPGRADE =
      "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    Duration shortly = Duration.ofMillis(500);
    ListenerLimits limits =
        new ListenerLimits(
            ConnectionLimits.DEFAULT,
            1_000,
            1_000,
            shortly,
            shortly,
            shortly,
            shortly,
            Duration.ofSeconds(2), // a real handshake must fit in
            HttpLimits.DEFAULT,
            MinBodyRate.NONE);
    fixture =
        new GatewayFixture(GatewayFixture.options().withLimits(limits, UpstreamOptions.DEFAULT));
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "chat",
                InetAddress.getLoopbackAddress(),
                0,
                false,
                (request, in, out) -> {
                  if (request.field("Upgrade").isEmpty()) {
                    TestBackend.respond(out, "200 OK", "good");
                    return true;
                  }
                  TestBackend.send(
                      out, "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
                  in.transferTo(out);
                  return false;
                })));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private RawClient connect(boolean encrypted) throws IOException {
    InetSocketAddress address =
        encrypted ? fixture.gateway().httpsAddress() : fixture.gateway().httpAddress();
    return new RawClient(Objects.requireNonNull(address));
  }

  private RawClient handshake() throws Exception {
    InetSocketAddress address = Objects.requireNonNull(fixture.gateway().httpsAddress());
    Socket socket =
        TlsClient.trusting()
            .getSocketFactory()
            .createSocket(address.getAddress(), address.getPort());
    return new RawClient(socket);
  }

  static Stream<Arguments> beginnings() {
    return Stream.of(
        Arguments.of("nothing", "clear", "", ""),
        Arguments.of("half a request line", "clear", "GET / HT", "HTTP/1.1 408"),
        Arguments.of("half a head", "clear", "GET / HTTP/1.1\r\nHost: h\r\nX-", "HTTP/1.1 408"),
        Arguments.of(
            "half a body",
            "clear",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf",
            "HTTP/1.1 "),
        Arguments.of("half a preface of HTTP/2", "clear", PREFACE.substring(0, 9), ""),
        Arguments.of("a silent WebSocket", "clear", UPGRADE, "HTTP/1.1 101"),
        Arguments.of("nothing for a handshake", "tls", "", ""),
        Arguments.of("half a ClientHello", "tls", "\u0016\u0003\u0001\u0000\u0080\u0001", ""),
        Arguments.of("nothing after the handshake", "handshake", "", ""),
        Arguments.of("half a head over TLS", "handshake", "GET / HTTP/1.1\r\n", "HTTP/1.1 408"));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("beginnings")
  void whoeverDoesNotGoOnIsLeft(String name, String way, String begins, String answer)
      throws Exception {
    try (RawClient slow = way.equals("handshake") ? handshake() : connect(way.equals("tls"))) {
      slow.send(begins);
      String said = new String(slow.in().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(said).startsWith(answer);
    }
    try (RawClient other = connect(false)) {
      assertThat(other.get("h", "/").status()).as("another client").isEqualTo(200);
    }
  }

  @Test
  void prefaceWithoutSettingsIsLeft() throws IOException {
    try (RawClient slow = connect(false)) {
      slow.send(PREFACE);
      assertThat(slow.in().readAllBytes()).as("our SETTINGS, and the end").isNotEmpty();
    }
  }

  @Test
  void clientHelloInRecordsOfOneByteIsUnderstood() throws Exception {
    byte[] hello = clientHello();
    ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    for (int i = 5; i < hello.length; i++) {
      pieces.writeBytes(new byte[] {22, 3, 1, 0, 1, hello[i]});
    }
    assertThat(hello.length).as("records").isGreaterThan(64);
    try (RawClient client = connect(true)) {
      client.send(pieces.toByteArray());
      assertThat(client.in().read()).as("a record of the handshake").isEqualTo(22);
    }
  }

  @Test
  void recordsWithoutAPurposeEndTheConnectionOnly() throws Exception {
    byte[] record = {20, 3, 3, 0, 1, 1};
    ByteArrayOutputStream flood = new ByteArrayOutputStream();
    flood.writeBytes(clientHello());
    for (int i = 0; i < 10_000; i++) {
      flood.writeBytes(record);
    }
    try (RawClient hostile = connect(true)) {
      try {
        hostile.send(flood.toByteArray());
        hostile.in().readAllBytes();
      } catch (IOException reset) {
        assertThat(reset).isInstanceOf(java.net.SocketException.class);
      }
      assertThat(fixture.gateway().counters().requests()).isZero();
    }
    try (RawClient other = handshake()) {
      assertThat(other.get("h", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void framesOfAWebSocketAreNoBusinessOfOurs() throws IOException {
    byte[] garbage = new byte[100_000];
    new Random(1).nextBytes(garbage);
    try (RawClient client = connect(false)) {
      client.send(UPGRADE);
      assertThat(client.response().status()).isEqualTo(101);
      Thread writing =
          Thread.startVirtualThread(() -> {
            try {
              client.send(garbage);
              client.shutdownOutput();
            } catch (IOException gone) {
              return; // what is missing is seen below
            }
          });
      assertThat(client.in().readAllBytes()).isEqualTo(garbage);
      writing.interrupt();
    }
  }

  private static byte[] clientHello() throws Exception {
    SSLEngine engine = TlsClient.trusting().createSSLEngine("h", 443);
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(32_768);
    engine.wrap(ByteBuffer.allocate(0), hello);
    return Arrays.copyOf(hello.array(), hello.position());
  }
}
