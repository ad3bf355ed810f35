// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.Http2Client.Response;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TestCertificates.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests to backends of HTTP/2, in clear text and over TLS. */
class Http2UpstreamIT {
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private Http2Backend backend(Http2Backend.Behaviour behaviour) throws IOException {
    Http2Backend backend = new Http2Backend(behaviour);
    open.add(backend);
    return backend;
  }

  private static void ok(Http2Client connection, int stream) throws IOException {
    connection.headers(stream, false, ":status", "200", "content-type", "text/plain");
    connection.data(stream, true, "good");
  }

  private InetSocketAddress gateway(BackendProtocol protocol, int... ports) throws IOException {
    return gateway(protocol, null, ports);
  }

  private InetSocketAddress gateway(
      BackendProtocol protocol, @Nullable BackendTls tls, int... ports) throws IOException {
    UpstreamFixture fixture = new UpstreamFixture(protocol, tls).endpoints(ports);
    open.add(fixture);
    return fixture.listen(null);
  }

  private static RawClient.Response get(InetSocketAddress gateway) throws IOException {
    try (RawClient client = new RawClient(gateway)) {
      return client.get("h", "/x");
    }
  }

  @Test
  void requestsOfManyClientsShareAConnection() throws IOException {
    Http2Backend backend =
        backend((connection, stream) -> {
          var fields = connection.of(stream).fields;
          connection.headers(stream, false, ":status", "200", "x-seen", fields.toString());
          connection.data(stream, true, connection.of(stream).text());
        });
    InetSocketAddress gateway = gateway(BackendProtocol.HTTP2, backend.port());
    for (int i = 0; i < 5; i++) {
      try (RawClient client = new RawClient(gateway)) {
        client.send(
            "POST /p?q HTTP/1.1\r\nHost: shop:80\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n"
                + "Connection: close, TE\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
        RawClient.Response response = client.response();
        assertThat(response.body()).isEqualTo("abcdef");
        assertThat(response.field("x-seen"))
            .contains(":method=POST", ":path=/p?q", ":authority=shop:80", ":scheme=http")
            .contains("te=trailers")
            .doesNotContain(" host=", "transfer-encoding", "connection");
      }
    }
    assertThat(backend.connections.get()).isEqualTo(1);
  }

  @Test
  void trailersPassFromEndToEnd() throws IOException {
    Http2Backend backend =
        backend((connection, stream) -> {
          String check = connection.of(stream).trailers.get("x-check");
          connection.headers(stream, false, ":status", "200", "content-length", "2");
          connection.data(stream, false, "ok");
          connection.headers(stream, true, "grpc-status", "0", "x-check", String.valueOf(check));
        });
    try (Http2Client client = new Http2Client(gateway(BackendProtocol.HTTP2, backend.port()))) {
      int stream = client.stream();
      client.headers(
          stream, false, ":method", "POST", ":scheme", "http", ":authority", "h", ":path", "/");
      client.data(stream, false, "x");
      client.headers(stream, true, "x-check", "42");
      Response response = client.response(stream);
      assertThat(response.text()).isEqualTo("ok");
      assertThat(response.trailers)
          .containsEntry("grpc-status", "0")
          .containsEntry("x-check", "42");
    }
  }

  @Test
  void responseOfTrailersOnlyEndsWithItsHead() throws IOException {
    Http2Backend backend =
        backend((connection, stream) ->
            connection.headers(stream, true, ":status", "200", "grpc-status", "9"));
    try (Http2Client client = new Http2Client(gateway(BackendProtocol.HTTP2, backend.port()))) {
      Response response = client.get("h", "/");
      assertThat(response.fields).containsEntry("grpc-status", "9");
      assertThat(response.text()).isEmpty();
    }
  }

  @Test
  void refusedStreamIsSentElsewhereWhateverItsMethod() throws IOException {
    Http2Backend refusing =
        backend((connection, stream) ->
            connection.frame(Http2Client.RST_STREAM, 0, stream, 0, 0, 0, 7));
    Http2Backend good = backend(Http2UpstreamIT::ok);
    InetSocketAddress gateway = gateway(BackendProtocol.HTTP2, refusing.port(), good.port());
    for (int i = 0; i < 4; i++) {
      try (RawClient client = new RawClient(gateway)) {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        assertThat(client.response().body()).isEqualTo("good");
      }
    }
    assertThat(refusing.requests.get()).isPositive();
  }

  @Test
  void requestAboveTheLastStreamOfAGoAwayIsSentElsewhere() throws IOException {
    Http2Backend leaving =
        backend((connection, stream) -> {
          connection.frame(Http2Client.GOAWAY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
          connection.close();
        });
    Http2Backend good = backend(Http2UpstreamIT::ok);
    InetSocketAddress gateway = gateway(BackendProtocol.HTTP2, leaving.port(), good.port());
    for (int i = 0; i < 4; i++) {
      try (RawClient client = new RawClient(gateway)) {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        assertThat(client.response().body()).isEqualTo("good");
      }
    }
    assertThat(leaving.requests.get()).isPositive();
  }

  @Test
  void goAwayLetsTheStreamsBelowItFinish() throws IOException {
    Http2Backend backend =
        backend((connection, stream) -> {
          connection.frame(Http2Client.GOAWAY, 0, 0, 0, 0, 0, stream, 0, 0, 0, 0);
          ok(connection, stream);
        });
    InetSocketAddress gateway = gateway(BackendProtocol.HTTP2, backend.port());
    assertThat(get(gateway).body()).isEqualTo("good");
    assertThat(get(gateway).body()).isEqualTo("good");
    assertThat(backend.connections.get()).isEqualTo(2);
  }

  static Stream<Arguments> broken() {
    return Stream.of(
        row("no status", (c, s) -> c.headers(s, true, "x-a", "b")),
        row("status of letters", (c, s) -> c.headers(s, true, ":status", "2oo")),
        row("status 101", (c, s) -> c.headers(s, true, ":status", "101")),
        row("request's pseudo field", (c, s) -> c.headers(s, true, ":status", "200", ":path", "/")),
        row("upper case name", (c, s) -> c.headers(s, true, ":status", "200", "X-A", "b")),
        row("CRLF in a value", (c, s) -> c.headers(s, true, ":status", "200", "x", "b\r\nc: d")),
        row("connection field", (c, s) -> c.headers(s, true, ":status", "200", "connection", "x")),
        row("chunked", (c, s) -> c.headers(s, true, ":status", "200", "transfer-encoding", "x")),
        row(
            "content-length without body",
            (c, s) -> c.headers(s, true, ":status", "200", "content-length", "5")),
        row(
            "two content-lengths",
            (c, s) ->
                c.headers(s, true, ":status", "200", "content-length", "0", "content-length", "0")),
        row("DATA first", (c, s) -> c.data(s, true, "x")),
        row("end of a 100", (c, s) -> c.headers(s, true, ":status", "100")),
        row("reset", (c, s) -> c.frame(Http2Client.RST_STREAM, 0, s, 0, 0, 0, 2)),
        row("end of the connection", (c, _) -> c.close()),
        row("frames out of order", (c, s) -> c.frame(Http2Client.CONTINUATION, 4, s, 0)),
        row("HTTP/1.1", (c, s) -> c.frame('H' << 16, 'T', s)));
  }

  private static Arguments row(String name, Http2Backend.Behaviour behaviour) {
    return Arguments.of(name, behaviour);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void malformedResponseIs502(String name, Http2Backend.Behaviour behaviour) throws IOException {
    Http2Backend backend = backend(behaviour);
    InetSocketAddress gateway = gateway(BackendProtocol.HTTP2, backend.port());
    try (RawClient client = new RawClient(gateway)) {
      client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
      assertThat(client.response().status()).isEqualTo(502);
    }
  }

  @Test
  void bodyOfAWrongLengthBreaksTheResponseOff() throws IOException {
    Http2Backend backend =
        backend((connection, stream) -> {
          connection.headers(stream, false, ":status", "200", "content-length", "9");
          connection.data(stream, true, "short");
        });
    try (Http2Client client = new Http2Client(gateway(BackendProtocol.HTTP2, backend.port()))) {
      assertThat(client.get("h", "/").reset).isEqualTo(2);
    }
  }

  private static final String UPGRADE =
      "GET /chat?x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  @Test
  void webSocketIsAStreamOfABackendThatTakesThem() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawClient client = new RawClient(gateway(BackendProtocol.HTTP2, server.getLocalPort()))) {
      client.send(UPGRADE);
      try (Http2Client backend = Http2Client.server(server.accept(), 0, 8, 0, 0, 0, 1)) {
        Response request = backend.of(3);
        while (request.fields.isEmpty()) {
          backend.read();
        }
        assertThat(request.fields)
            .containsEntry(":method", "CONNECT")
            .containsEntry(":protocol", "websocket")
            .containsEntry(":path", "/chat?x")
            .containsEntry("sec-websocket-version", "13")
            .doesNotContainKeys("sec-websocket-key", "upgrade", "connection");
        backend.headers(3, false, ":status", "200", "sec-websocket-protocol", "p");
        backend.data(3, false, "early");
        RawClient.Response response = client.response();
        assertThat(response.status()).isEqualTo(101);
        assertThat(response.field("upgrade")).isEqualTo("websocket");
        assertThat(response.field("sec-websocket-protocol")).isEqualTo("p");
        assertThat(response.field("sec-websocket-accept"))
            .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assertThat(client.read(5)).isEqualTo("early");
        client.send("ping");
        while (request.body.size() < 4) {
          backend.read();
        }
        client.shutdownOutput();
        while (!request.ended) {
          backend.read();
        }
        assertThat(request.text()).isEqualTo("ping");
        backend.data(3, true, "last");
        assertThat(new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1))
            .isEqualTo("last");
      }
    }
  }

  @Test
  void webSocketThatTheBackendRefusesIsAnOrdinaryResponse() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawClient client = new RawClient(gateway(BackendProtocol.HTTP2, server.getLocalPort()))) {
      client.send(UPGRADE);
      try (Http2Client backend = Http2Client.server(server.accept(), 0, 8, 0, 0, 0, 1)) {
        while (backend.of(3).fields.isEmpty()) {
          backend.read();
        }
        backend.headers(3, false, ":status", "403");
        backend.data(3, true, "not you");
        RawClient.Response response = client.response();
        assertThat(response.status()).isEqualTo(403);
        assertThat(response.body()).isEqualTo("not you");
      }
    }
  }

  @Test
  void webSocketIs502WhereTheBackendDoesNotSayThatItTakesThem() throws IOException {
    Http2Backend backend = backend(Http2UpstreamIT::ok);
    InetSocketAddress gateway = gateway(BackendProtocol.HTTP2, backend.port());
    for (int i = 0; i < 2; i++) {
      try (RawClient client = new RawClient(gateway)) {
        client.send(UPGRADE);
        RawClient.Response response = client.response();
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body()).contains("no WebSockets over HTTP/2");
      }
    }
    assertThat(get(gateway).body()).isEqualTo("good");
    assertThat(backend.requests.get()).isEqualTo(1);
    assertThat(backend.connections.get()).isEqualTo(1);
  }

  static Stream<Arguments> certificates() {
    return Stream.of(
        Arguments.of(BackendProtocol.HTTP1, "its authority and name", true, "own", "web.shop", 200),
        Arguments.of(BackendProtocol.HTTP2, "its authority and name", true, "own", "web.shop", 200),
        Arguments.of(BackendProtocol.HTTP1, "another name", true, "own", "other", 502),
        Arguments.of(BackendProtocol.HTTP2, "another name", true, "own", "other", 502),
        Arguments.of(BackendProtocol.HTTP1, "another authority", true, "other", "web.shop", 502),
        Arguments.of(BackendProtocol.HTTP2, "another authority", true, "other", "web.shop", 502),
        Arguments.of(BackendProtocol.HTTP1, "nobody asks", false, "other", "other", 200),
        Arguments.of(BackendProtocol.HTTP2, "nobody asks", false, "other", "other", 200));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("certificates")
  void endpointIsVerified(
      BackendProtocol protocol,
      String name,
      boolean verify,
      String authority,
      String serverName,
      int status)
      throws Exception {
    Pem own = TestCertificates.create("web.shop");
    Pem other = TestCertificates.create("web.shop");
    try (GatewayFixture encrypted = new GatewayFixture()) {
      encrypted.service("web", encrypted.backend("a"));
      encrypted.ingresses(
          TestObjects.ingress("all").defaultBackend("web").tls("own", "web.shop").build());
      encrypted.secrets(TestObjects.tlsSecret("own", own.certificate(), own.key()));
      int port = Objects.requireNonNull(encrypted.gateway().httpsAddress()).getPort();
      BackendTls tls =
          new BackendTls(
              "web.shop",
              verify,
              authority.equals("own") ? own.certificate() : other.certificate(),
              List.of(serverName),
              null);
      InetSocketAddress gateway = gateway(protocol, tls, port);
      try (RawClient client = new RawClient(gateway)) {
        for (int i = 0; i < (status == 200 ? 3 : 1); i++) {
          client.send("POST /x HTTP/1.1\r\nHost: web.shop\r\nContent-Length: 5\r\n\r\nhello");
          RawClient.Response response = client.response();
          assertThat(response.status()).as(response.body()).isEqualTo(status);
          if (status == 200) {
            assertThat(response.body()).endsWith("hello");
          }
        }
      }
      open.removeLast().close();
    }
  }
}
