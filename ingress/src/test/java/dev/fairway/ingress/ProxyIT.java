// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fairway.ingress.upstream.Transport;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes the gateway in ordinary exchanges. */
@ParameterizedClass(name = "{0}")
@EnumSource(Transport.class)
class ProxyIT {
  @Parameter Transport transport = Transport.best();
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(transport.isAvailable(), transport + " is not available here");
    fixture = new GatewayFixture(GatewayFixture.options().withTransport(transport));
  }

  @AfterEach
  void stop() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @Test
  void requestReachesTheEndpointAndItsAnswerTheClient() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      RawClient.Response response = client.get("shop.example", "/cart?x=1");
      assertThat(response.status()).as(response.body()).isEqualTo(200);
      assertThat(response.body()).contains("backend=a", "GET /cart?x=1 HTTP/1.1");
      assertThat(response.field("Server")).isEqualTo("fairway");
      assertThat(response.field("Date")).endsWith("GMT");
    }
  }

  @Test
  void connectionsAreKeptOnBothSides() throws IOException {
    TestBackend backend = fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.get("shop.example", "/" + i).status()).isEqualTo(200);
      }
    }
    assertThat(backend.connections).hasValue(1);
    assertThat(fixture.gateway().counters().upstreamConnects()).isEqualTo(1);
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    TestBackend backend = fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        all.append("POST /")
            .append(i)
            .append(" HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
      }
      client.send(all.toString());
      client.shutdownOutput();
      for (int i = 0; i < 10; i++) {
        assertThat(client.response().body()).contains("POST /" + i + " HTTP/1.1", "abc");
      }
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(backend.requests).hasSize(10);
  }

  @Test
  void chunkedBodyAndTrailersPass() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\nContent-Length: 9\r\n\r\n");
      String body = client.response().body();
      assertThat(body).contains("hello world", "trailer X-Sum: 42");
      assertThat(body).doesNotContain("ext=1", "trailer Content-Length");
    }
  }

  @Test
  void trailersOfAResponsePass() throws IOException {
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.send(
                  out,
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      + "3\r\nabc\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n");
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      RawClient.Response response = client.get("h", "/");
      assertThat(response.body()).isEqualTo("abc");
      assertThat(response.trailers()).containsExactly("X-Sum: 1");
    }
  }

  @Test
  void responseUntilCloseBecomesChunked() throws IOException {
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.0 200 OK\r\n\r\nto the end");
              return false;
            }));
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 2; i++) {
        RawClient.Response response = client.get("h", "/");
        assertThat(response.field("Transfer-Encoding")).isEqualTo("chunked");
        assertThat(response.body()).isEqualTo("to the end");
      }
    }
  }

  @Test
  void http10ClientGetsLengthOrClose() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
      RawClient.Response first = client.response();
      assertThat(first.field("Connection")).isEqualTo("keep-alive");
      client.send("GET / HTTP/1.0\r\n\r\n");
      RawClient.Response second = client.response();
      assertThat(second.status()).isEqualTo(200);
      assertThat(second.field("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"204 No Content", "304 Not Modified"})
  void responsesWithoutBodyKeepTheConnection(String status) throws IOException {
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.1 " + status + "\r\nETag: \"x\"\r\n\r\n");
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        RawClient.Response response = client.get("h", "/");
        assertThat(response.status()).isEqualTo(Integer.parseInt(status.substring(0, 3)));
        assertThat(response.field("ETag")).isEqualTo("\"x\"");
        assertThat(response.field("Transfer-Encoding")).isEmpty();
      }
    }
  }

  @Test
  void headKeepsTheLengthAndHasNoBody() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
        RawClient.Response response = client.response(true);
        assertThat(response.status()).isEqualTo(200);
        assertThat(Integer.parseInt(response.field("Content-Length"))).isPositive();
      }
    }
  }

  @Test
  void headOfAnUnknownHostHasNoBody() throws IOException {
    try (RawClient client = fixture.connect()) {
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.response(true).status()).isEqualTo(404);
      assertThat(client.get("h", "/").status()).isEqualTo(404);
    }
  }

  @Test
  void expectationIsAnsweredByTheBackend() throws IOException {
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "a",
                java.net.InetAddress.getLoopbackAddress(),
                0,
                false,
                (request, in, out) -> {
                  assertThat(request.field("Expect")).isEqualTo("100-continue");
                  TestBackend.send(out, "HTTP/1.1 100 Continue\r\n\r\n");
                  TestBackend.respond(out, "200 OK", new String(in.readNBytes(5), US_ASCII));
                  return true;
                })));
    try (RawClient client = fixture.connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(100);
      client.send("hello");
      assertThat(client.response().body()).isEqualTo("hello");
    }
  }

  @Test
  void earlyRefusalEndsTheConnectionWithoutLosingTheAnswer() throws IOException {
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "a",
                java.net.InetAddress.getLoopbackAddress(),
                0,
                false,
                (request, in, out) -> {
                  TestBackend.respond(out, "413 Too Large\r\nConnection: close", "no");
                  return false;
                })));
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc");
      RawClient.Response response = client.response();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.field("Connection")).isEqualTo("close");
    }
  }

  @Test
  void forwardedFieldsAreOursAndHopByHopFieldsEnd() throws IOException {
    TestBackend backend = fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      client.send(
          "GET / HTTP/1.1\r\n"
              + "Host: Shop.Example:81\r\n"
              + "Connection: close, X-Drop, X-Forwarded-For\r\n"
              + "X-Drop: 1\r\n"
              + "X-Forwarded-For: 6.6.6.6\r\n"
              + "X-Forwarded-Proto: https\r\n"
              + "X-Real-IP: 6.6.6.6\r\n"
              + "Proxy: evil\r\n"
              + "Keep-Alive: 5\r\n"
              + "TE: gzip\r\n"
              + "Upgrade: h2c\r\n"
              + "X_Twin: 1\r\n"
              + "Forwarded: for=6.6.6.6\r\n"
              + "X-Request-ID: theirs\r\n"
              + "ssl-client-verify: SUCCESS\r\n"
              + "SSL-Client-Subject-DN: CN=admin\r\n"
              + "ssl-client-issuer-dn: CN=authority\r\n"
              + "ssl-client-cert: forged\r\n"
              + "X-Keep: 1\r\n\r\n");
      client.response();
    }
    TestBackend.Request seen = backend.requests.getFirst();
    assertThat(seen.field("Host")).isEqualTo("Shop.Example:81");
    assertThat(seen.field("X-Forwarded-For")).isEqualTo("127.0.0.1");
    assertThat(seen.field("X-Forwarded-Proto")).isEqualTo("http");
    assertThat(seen.field("X-Forwarded-Host")).isEqualTo("Shop.Example:81");
    assertThat(seen.field("X-Real-IP")).isEqualTo("127.0.0.1");
    assertThat(seen.field("X-Request-ID")).matches("[0-9a-f]{32}");
    assertThat(seen.field("X-Keep")).isEqualTo("1");
    for (String gone :
        List.of(
            "X-Drop",
            "Proxy",
            "Keep-Alive",
            "TE",
            "Upgrade",
            "X_Twin",
            "Forwarded",
            "ssl-client-verify",
            "ssl-client-subject-dn",
            "ssl-client-issuer-dn",
            "ssl-client-cert",
            "Connection")) {
      assertThat(seen.field(gone)).as(gone).isEmpty();
    }
  }

  @Test
  void connectionOptionsOfTheBackendStayWithTheGateway() throws IOException {
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.respond(
                  out,
                  "200 OK\r\n"
                      + "Server: secret/1\r\n"
                      + "Connection: X-Hop\r\n"
                      + "X-Hop: 1\r\n"
                      + "Keep-Alive: timeout=5",
                  "ok");
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      RawClient.Response response = client.get("h", "/");
      assertThat(response.field("Server")).isEqualTo("fairway");
      assertThat(response.field("X-Hop") + response.field("Keep-Alive")).isEmpty();
    }
  }

  @Test
  void missingServiceAndMissingEndpointsAnswer503() throws IOException {
    fixture.ingresses(TestObjects.ingress("all").defaultBackend("web").build());
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").body()).contains("503", "does not exist");
      fixture.service("web", List.of());
      assertThat(client.get("h", "/").body()).contains("503", "no endpoint");
      fixture.service("web", fixture.backend("a"));
      assertThat(client.get("h", "/").status()).isEqualTo(200);
      fixture.removeService("web");
      assertThat(client.get("h", "/").status()).isEqualTo(503);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "fields of 32 KiB, 7, 4000, 200",
    "fields of more, 11, 4000, 502",
    "one field of more, 1, 45000, 502",
    "100 fields, 98, 10, 200",
    "more fields, 101, 10, 502",
  })
  void headsOfResponsesHaveTheLimitsOfRequests(String row, int fields, int length, int status)
      throws IOException {
    String head = ("\r\nX-A: " + "b".repeat(length)).repeat(fields);
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.respond(out, "200 OK" + head, "ok");
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(status);
    }
  }

  @Test
  void bodiesAreNeitherPackedNorUnpacked() throws IOException {
    String plain = "a".repeat(10_000);
    String packed = "\u001f\u008b packed by the backend";
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              boolean asks = request.line().contains("/packed");
              TestBackend.respond(
                  out,
                  "200 OK\r\nContent-Type: text/html" + (asks ? "\r\nContent-Encoding: gzip" : ""),
                  asks ? packed : plain);
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      for (String accepts : List.of("Accept-Encoding: gzip, br", "X: y")) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n" + accepts + "\r\n\r\n");
        RawClient.Response response = client.response();
        assertThat(response.field("Content-Encoding")).isEmpty();
        assertThat(response.body()).isEqualTo(plain);
        client.send("GET /packed HTTP/1.1\r\nHost: h\r\n" + accepts + "\r\n\r\n");
        response = client.response();
        assertThat(response.field("Content-Encoding")).isEqualTo("gzip");
        assertThat(response.body()).isEqualTo(packed);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nLocation: /\u0001\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"
      })
  void malformedResponseAnswers502(String response) throws IOException {
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.send(out, response);
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(502);
    }
  }

  @Test
  void responseBrokenOffEndsTheConnectionWithoutAnEnd() throws IOException {
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.send(
                  out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
              return false;
            }));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      String all = new String(client.in().readAllBytes(), US_ASCII);
      assertThat(all).contains("abc").doesNotContain("0\r\n\r\n");
    } catch (java.net.SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  @Test
  void tooManyRequestsOnOneConnectionEndIt() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      for (int i = 1; i < 1000; i++) {
        assertThat(client.get("h", "/").field("Connection")).isEmpty();
      }
      assertThat(client.get("h", "/").field("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
    }
  }
}
