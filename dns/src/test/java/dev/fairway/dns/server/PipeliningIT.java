// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.testing.Skip;
import io.netty.handler.codec.quic.Quic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** A query that an upstream is slow to answer does not hold up the next one (RFC 7766 6.2.1.1). */
class PipeliningIT {
  private static final String SLOW = "slow.example.com. A";
  private static final String WEB = "web.default.svc.cluster.local. A";

  @TempDir private Path folder;
  private final TestIdentity identity = TestIdentity.fresh();
  private HeldUpstream upstream;
  private DnsServer server;
  private SecureOptions secure;

  @BeforeEach
  void start() throws Exception {
    upstream = new HeldUpstream();
    server =
        TestServers.start(
            TestServers.options()
                .withServer(
                    ServerOptions.defaults()
                        .withTcp(new TcpOptions(Duration.ofSeconds(20), 64, 64, 2, 0)))
                .withForward(ForwardOptions.to(List.of(upstream.address())))
                .withSecure(identity.serveAll(folder)));
    secure = Objects.requireNonNull(server.secure());
    server.onSnapshot(TestServers.web().step());
  }

  @AfterEach
  void stop() {
    server.close();
    upstream.close();
  }

  private Socket connect(boolean tls) throws Exception {
    return tls ? identity.connect(secure.tls().getFirst()) : TestClient.connect(server.address());
  }

  private static byte[] frames(String... questions) throws IOException {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (String question : questions) {
      frames.writeBytes(TestClient.framed(TestClient.question(question)));
    }
    return frames.toByteArray();
  }

  private static String addressIn(Message message) {
    return message.getSection(Section.ANSWER).getFirst().rdataToString();
  }

  @ParameterizedTest(name = "TLS {0}")
  @ValueSource(booleans = {false, true})
  void stream_answersOutOfOrder(boolean tls) throws Exception {
    try (Socket socket = connect(tls)) {
      TestClient.send(socket, frames(SLOW, WEB));

      assertThat(addressIn(TestClient.receive(socket))).isEqualTo("127.96.0.10");
      upstream.release();
      assertThat(addressIn(TestClient.receive(socket))).isEqualTo("192.0.2.1");
    }
  }

  @Test
  void stream_isReadNoFurtherWithTooManyLookups() throws Exception {
    String[] questions = new String[50];
    Arrays.setAll(questions, i -> i == 49 ? WEB : "slow" + i + ".example.com. A");
    try (Socket socket = connect(false)) {
      TestClient.send(socket, frames(questions));
      upstream.release();
      int slow = 0;
      for (int i = 0; i < 50; i++) {
        slow += addressIn(TestClient.receive(socket)).equals("192.0.2.1") ? 1 : 0;
      }
      assertThat(slow).isEqualTo(49);
    }
  }

  @Test
  void clientThatHasShutItsOutput_getsTheLateAnswer() throws Exception {
    try (Socket socket = connect(false)) {
      TestClient.send(socket, frames(SLOW));
      socket.shutdownOutput();
      upstream.release();

      assertThat(addressIn(TestClient.receive(socket))).isEqualTo("192.0.2.1");
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @ParameterizedTest(name = "TLS {0}")
  @ValueSource(booleans = {false, true})
  void clientThatLeaves_harmsNobody(boolean tls) throws Exception {
    try (Socket socket = connect(tls)) {
      TestClient.send(socket, frames(SLOW, WEB));
      TestClient.receive(socket);
    }
    upstream.release();

    assertThat(addressIn(TestClient.udp(server.address(), SLOW))).isEqualTo("192.0.2.1");
    assertThat(server.metrics().prometheus()).doesNotContainPattern("panics_total\\S* [1-9]");
  }

  @Test
  void http1_answersInOrder() throws Exception {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (String question : List.of(SLOW, WEB)) {
      byte[] body = TestClient.question(question).toWire();
      String close = question.equals(WEB) ? "Connection: close\r\n" : "";
      requests.writeBytes(
          ("POST /dns-query HTTP/1.1\r\nHost: localhost\r\n"
                  + "Content-Type: application/dns-message\r\nContent-Length: "
                  + body.length
                  + "\r\n"
                  + close
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      requests.writeBytes(body);
    }
    try (Socket socket = identity.connect(secure.https().getFirst())) {
      TestClient.send(socket, requests.toByteArray());
      upstream.release();
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(all.split("HTTP/1.1 200 OK", -1)).hasSize(3);
      assertThat(all.indexOf("slow")).isBetween(0, all.indexOf("web"));
    }
  }

  private CompletableFuture<HttpResponse<byte[]>> post(HttpClient client, String question)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "https://localhost:" + secure.https().getFirst().getPort() + "/dns-query"))
            .header("content-type", "application/dns-message")
            .timeout(Duration.ofSeconds(10))
            .POST(HttpRequest.BodyPublishers.ofByteArray(TestClient.question(question).toWire()))
            .build();
    return client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void http2_answersOutOfOrder() throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .sslContext(identity.client())
            .build()) {
      assertThat(post(client, WEB).get().statusCode()).describedAs("one connection").isEqualTo(200);
      CompletableFuture<HttpResponse<byte[]>> slow = post(client, SLOW);

      assertThat(addressIn(new Message(post(client, WEB).get().body()))).isEqualTo("127.96.0.10");
      upstream.release();
      assertThat(addressIn(new Message(slow.get().body()))).isEqualTo("192.0.2.1");
    }
  }

  @Test
  void quic_answersOutOfOrderAndBoundsStreams() throws Exception {
    Skip.unless(Quic.isAvailable(), "QUIC is not available on this machine");
    try (QuicTestClient client = new QuicTestClient(secure.quic().getFirst(), identity, "doq")) {
      assertThat(client.awaitAllowedStreams()).isEqualTo(2);
      CompletableFuture<byte[]> slow = client.stream(frameWithoutId(SLOW), true);

      byte[] answer = client.stream(frameWithoutId(WEB), true).get(10, TimeUnit.SECONDS);
      assertThat(addressIn(new Message(Arrays.copyOfRange(answer, 2, answer.length))))
          .isEqualTo("127.96.0.10");
      upstream.release();
      answer = slow.get(10, TimeUnit.SECONDS);
      assertThat(addressIn(new Message(Arrays.copyOfRange(answer, 2, answer.length))))
          .isEqualTo("192.0.2.1");
    }
  }

  private static byte[] frameWithoutId(String question) throws IOException {
    byte[] frame = frames(question);
    frame[2] = 0;
    frame[3] = 0;
    return frame;
  }
}
