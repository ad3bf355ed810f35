// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static dev.fairway.dns.server.Exchange.option;
import static dev.fairway.dns.server.Exchange.optionOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.testing.Skip;
import io.netty.handler.codec.quic.Quic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** DNS over TLS (RFC 7858), HTTPS (RFC 8484) and QUIC (RFC 9250), each with a client of Java. */
class SecureIT {
  private static final String WEB = "web.default.svc.cluster.local. A";
  private static final String BIG = "big.default.svc.cluster.local. A";

  @TempDir private Path folder;
  private final TestIdentity identity = TestIdentity.fresh();
  private DnsServer server;
  private SecureOptions secure;

  @BeforeEach
  void start() throws Exception {
    start(ServerOptions.defaults(), Duration.ofSeconds(10));
  }

  private void start(ServerOptions options, Duration reload) throws Exception {
    stop();
    server =
        TestServers.start(
            TestServers.options()
                .withServer(options)
                .withSecure(identity.serveAll(folder).withReload(reload)));
    secure = Objects.requireNonNull(server.secure());
    server.onSnapshot(TestServers.webAndBig(3000).step());
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private SSLSocket tls(String... protocols) throws Exception {
    SSLSocket socket = identity.connect(secure.tls().getFirst());
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  @Test
  void tls_answersSeveralQueriesOfOneRecord() throws Exception {
    ByteArrayOutputStream queries = new ByteArrayOutputStream();
    queries.writeBytes(TestClient.framed(TestClient.question(BIG)));
    queries.writeBytes(TestClient.framed(TestClient.question(WEB)));
    try (SSLSocket socket = tls("dot")) {
      TestClient.send(socket, queries.toByteArray());
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(3000);
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(1);
      assertThat(socket.getApplicationProtocol()).isEqualTo("dot");
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
  }

  @ParameterizedTest
  @CsvSource({"'', ''", "h2, ''"})
  void tls_takesClientsThatDoNotOfferItsProtocol(String offered, String chosen) throws Exception {
    try (SSLSocket socket = offered.isEmpty() ? tls() : tls(offered)) {
      TestClient.send(socket, TestClient.framed(TestClient.question(WEB)));
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(1);
      assertThat(socket.getApplicationProtocol()).isEqualTo(chosen);
    }
  }

  @Test
  void tls_padsAndTellsHowLongToStay() throws Exception {
    try (SSLSocket socket = tls("dot")) {
      TestClient.send(
          socket, TestClient.framed(Exchange.query(WEB, option(12, "00"), option(11, ""))));
      Message response = TestClient.receive(socket);
      assertThat(response.toWire().length).isEqualTo(468);
      assertThat(optionOf(response, 11)).isEqualTo("0064");
    }
  }

  @Test
  void tls_closesThoseWhoDoNotSpeakIt() throws Exception {
    try (Socket socket = TestClient.connect(secure.tls().getFirst())) {
      TestClient.send(socket, TestClient.framed(TestClient.question(WEB)));
      byte[] alert = socket.getInputStream().readAllBytes();
      assertThat(alert.length).describedAs("at most an alert").isLessThan(16);
    }
    assertThat(server.metrics().prometheus()).doesNotContainPattern("panics_total\\S* [1-9]");
  }

  @Test
  void tls_closesThoseWhoDoNotGoOn() throws Exception {
    start(ServerOptions.defaults().withTcpIdleTimeout(Duration.ofMillis(100)), Duration.ofHours(1));
    for (InetSocketAddress address : List.of(secure.tls().getFirst(), secure.https().getFirst())) {
      try (Socket socket = TestClient.connect(address)) {
        TestClient.send(socket, new byte[] {22, 3, 1});
        assertThat(socket.getInputStream().readAllBytes().length).isLessThan(16);
      }
    }
  }

  @Test
  void tls_countsConnectionsWithThoseOfTcp() throws Exception {
    start(ServerOptions.defaults().withMaxTcpConnections(10, 1), Duration.ofHours(1));
    try (SSLSocket first = tls("dot")) {
      TestClient.send(first, TestClient.framed(TestClient.question(WEB)));
      TestClient.receive(first);
      try (Socket second = TestClient.connect(server.address())) {
        assertThat(end(second)).isEqualTo(-1);
      }
    }
  }

  private static int end(Socket socket) {
    try {
      return socket.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void certificate_isTakenFromItsFilesAgain() throws Exception {
    start(ServerOptions.defaults(), Duration.ofMillis(20));
    try (SSLSocket before = tls("dot")) {
      TestClient.send(before, TestClient.framed(TestClient.question(WEB)));
      TestClient.receive(before);
      TestIdentity next = TestIdentity.fresh();
      Files.writeString(folder.resolve("tls.crt"), "not a certificate");
      next.write(folder);

      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      boolean taken = false;
      while (!taken && System.nanoTime() < deadline) {
        taken = isServedWith(next);
      }

      assertThat(taken).describedAs("new connections have the new certificate").isTrue();
      TestClient.send(before, TestClient.framed(TestClient.question(WEB)));
      assertThat(TestClient.receive(before).getSection(Section.ANSWER)).hasSize(1);
    }
  }

  private boolean isServedWith(TestIdentity other) throws Exception {
    InetSocketAddress address = secure.tls().getFirst();
    try (SSLSocket socket =
        (SSLSocket)
            other
                .client()
                .getSocketFactory()
                .createSocket(address.getAddress(), address.getPort())) {
      socket.startHandshake();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void certificate_thatCannotBeUsedIsToldWithItsFile() throws Exception {
    Files.writeString(folder.resolve("tls.key"), "secret nonsense");
    SecureOptions broken = SecureOptions.of(folder.resolve("tls.crt"), folder.resolve("tls.key"));

    assertThatThrownBy(() -> TestServers.start(TestServers.options().withSecure(broken)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tls.key")
        .hasMessageNotContaining("nonsense");
  }

  private HttpClient http(HttpClient.Version version) throws Exception {
    return HttpClient.newBuilder().version(version).sslContext(identity.client()).build();
  }

  private HttpRequest.Builder request(String pathAndQuery) {
    return HttpRequest.newBuilder(
            URI.create("https://localhost:" + secure.https().getFirst().getPort() + pathAndQuery))
        .timeout(Duration.ofSeconds(10));
  }

  private static HttpRequest.Builder post(HttpRequest.Builder request, byte[] body) {
    return request
        .header("content-type", "application/dns-message")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  @ParameterizedTest
  @EnumSource(
      value = HttpClient.Version.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void https_answersPostAndGet(HttpClient.Version version) throws Exception {
    try (HttpClient client = http(version)) {
      for (String question : List.of(WEB, BIG, "nope.default.svc.cluster.local. A")) {
        byte[] query = TestClient.question(question).toWire();
        String base64 = Base64.getUrlEncoder().withoutPadding().encodeToString(query);

        for (HttpRequest request :
            List.of(
                post(request("/dns-query"), query).build(),
                request("/dns-query?a=b&dns=" + base64).build())) {
          HttpResponse<byte[]> response =
              client.send(request, HttpResponse.BodyHandlers.ofByteArray());

          Message message = new Message(response.body());
          assertThat(response.statusCode()).isEqualTo(200);
          assertThat(response.version()).isEqualTo(version);
          assertThat(response.headers().firstValue("content-type"))
              .contains("application/dns-message");
          assertThat(response.headers().firstValue("cache-control")).contains("max-age=5");
          assertThat(message.getSection(Section.ANSWER))
              .hasSize(question.equals(WEB) ? 1 : question.equals(BIG) ? 3000 : 0);
        }
      }
      assertThat(server.metrics().prometheus())
          .contains("coredns_dns_https_responses_total{status=\"200\"} 6\n");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "other path           | POST | /other               | application/dns-message | 0 | 404",
        "other type           | POST | /dns-query           | text/plain              | 0 | 415",
        "other method         | PUT  | /dns-query           | application/dns-message | 0 | 405",
        "no parameter         | GET  | /dns-query           | -                       | 0 | 400",
        "empty parameter      | GET  | /dns-query?dns=      | -                       | 0 | 400",
        "not base64url        | GET  | /dns-query?dns=AAA*  | -                       | 0 | 400",
        "no query             | POST | /dns-query           | application/dns-message | 4 | 400",
        "too large            | POST | /dns-query           | application/dns-message | 65536 | 413",
      })
  void https_tellsWhatIsWrong(
      String name, String method, String path, String type, int size, int status) throws Exception {
    byte[] body = size == 0 ? TestClient.question(WEB).toWire() : new byte[size];
    for (HttpClient.Version version :
        List.of(HttpClient.Version.HTTP_1_1, HttpClient.Version.HTTP_2)) {
      try (HttpClient client = http(version)) {
        HttpRequest.Builder request =
            request(path)
                .method(
                    method,
                    method.equals("GET")
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofByteArray(body));
        if (!type.equals("-")) {
          request.header("content-type", type);
        }
        HttpResponse<Void> response =
            client.send(request.build(), HttpResponse.BodyHandlers.discarding());
        assertThat(response.statusCode()).describedAs("%s %s", name, version).isEqualTo(status);
      }
    }
  }

  @Test
  void http1_answersRequestsThatFollowEachOther() throws Exception {
    byte[] query = TestClient.question(WEB).toWire();
    String head =
        "POST /dns-query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dns-message\r\n"
            + "Content-Length: "
            + query.length
            + "\r\n";
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < 3; i++) {
      String end = i < 2 ? "\r\n" : "Connection: close\r\n\r\n";
      requests.writeBytes((head + end).getBytes(StandardCharsets.US_ASCII));
      requests.writeBytes(query);
    }
    try (Socket socket = identity.connect(secure.https().getFirst())) {
      TestClient.send(socket, requests.toByteArray());
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(all.split("HTTP/1.1 200 OK", -1)).hasSize(4);
    }
  }

  private static byte[] doqQuery(String question) throws IOException {
    byte[] framed = TestClient.framed(TestClient.question(question));
    framed[2] = 0;
    framed[3] = 0;
    return framed;
  }

  private static Message doqAnswer(byte[] octets) throws IOException {
    assertThat((octets[0] & 0xff) * 256 + (octets[1] & 0xff)).isEqualTo(octets.length - 2);
    return new Message(Arrays.copyOfRange(octets, 2, octets.length));
  }

  @Test
  void quic_answersEachStream() throws Exception {
    Skip.unless(Quic.isAvailable(), "QUIC is not available on this machine");
    try (QuicTestClient client = new QuicTestClient(secure.quic().getFirst(), identity, "doq")) {
      List<CompletableFuture<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        answers.add(client.stream(doqQuery(i % 50 == 0 ? BIG : WEB), true));
        if (i % 20 == 19) {
          answers.getLast().get();
        }
      }
      for (int i = 0; i < 200; i++) {
        Message message = doqAnswer(answers.get(i).get());
        assertThat(message.getSection(Section.ANSWER)).hasSize(i % 50 == 0 ? 3000 : 1);
        assertThat(message.getHeader().getID()).isZero();
      }
    }
    assertThat(server.metrics().prometheus()).contains("coredns_dns_quic_responses_total 200\n");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "identifier",
    "no length",
    "shorter than its length",
    "longer than its length",
    "two queries",
    "no query",
    "keepalive",
    "a response"
  })
  void quic_closesTheConnectionOfThoseWhoBreakTheProtocol(String what) throws Exception {
    Skip.unless(Quic.isAvailable(), "QUIC is not available on this machine");
    byte[] good = doqQuery(WEB);
    byte[] octets =
        switch (what) {
          case "identifier" -> TestClient.framed(withId(TestClient.question(WEB), 7));
          case "no length" -> new byte[] {0};
          case "shorter than its length" -> Arrays.copyOf(good, good.length - 1);
          case "longer than its length" -> Arrays.copyOf(good, good.length + 1);
          case "two queries" -> concat(good, good);
          case "no query" -> new byte[0];
          case "keepalive" -> TestClient.framed(withId(Exchange.query(WEB, option(11, "")), 0));
          case "a response" -> {
            byte[] response = good.clone();
            response[4] |= (byte) 0x80;
            yield response;
          }
          default -> throw new IllegalArgumentException(what);
        };
    try (QuicTestClient client = new QuicTestClient(secure.quic().getFirst(), identity, "doq")) {
      client.stream(octets, true);

      assertThat(client.closeCode()).isEqualTo(DoqHandler.PROTOCOL_ERROR);
    }
  }

  private static Message withId(Message message, int id) {
    message.getHeader().setID(id);
    return message;
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Test
  void quic_waitsForTheEndOfTheStream() throws Exception {
    Skip.unless(Quic.isAvailable(), "QUIC is not available on this machine");
    start(ServerOptions.defaults().withTcpIdleTimeout(Duration.ofMillis(200)), Duration.ofHours(1));
    try (QuicTestClient client = new QuicTestClient(secure.quic().getFirst(), identity, "doq")) {
      CompletableFuture<byte[]> answer = client.stream(doqQuery(WEB), false);

      assertThatThrownBy(answer::get).isInstanceOf(ExecutionException.class);
    }
  }

  @Test
  void http3_answersPost() throws Exception {
    Skip.unless(Quic.isAvailable(), "QUIC is not available on this machine");
    try (QuicTestClient client = new QuicTestClient(secure.https().getFirst(), identity, "h3")) {
      for (String question : List.of(WEB, BIG)) {
        QuicTestClient.Answer answer =
            client.post("/dns-query", TestClient.question(question).toWire());

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.cacheControl()).isEqualTo("max-age=5");
        Message message = new Message(answer.body());
        assertThat(message.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(message.getSection(Section.ANSWER)).hasSize(question.equals(WEB) ? 1 : 3000);
      }
      assertThat(client.post("/other", new byte[12]).status()).isEqualTo(404);
    }
    assertThat(server.metrics().prometheus())
        .contains("coredns_dns_https3_responses_total{status=\"200\"} 2\n");
  }
}
