// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static dev.fairway.ingress.Http2Client.CONTINUATION;
import static dev.fairway.ingress.Http2Client.DATA;
import static dev.fairway.ingress.Http2Client.END_HEADERS;
import static dev.fairway.ingress.Http2Client.END_STREAM;
import static dev.fairway.ingress.Http2Client.HEADERS;
import static dev.fairway.ingress.Http2Client.PING;
import static dev.fairway.ingress.Http2Client.PRIORITY;
import static dev.fairway.ingress.Http2Client.RST_STREAM;
import static dev.fairway.ingress.Http2Client.SETTINGS;
import static dev.fairway.ingress.Http2Client.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests over HTTP/2 that cannot be written as HTTP/1.1 without saying something else, that are
 * larger than they may be, or that are meant to cost us more than their sender: the stream is reset
 * or the connection ended, and the backend sees nothing of them.
 */
class MalformedHttp2IT {
  private static final String RST_PROTOCOL = "RST 1";
  private static final String CALM = "GOAWAY 11";
  private static GatewayFixture fixture;
  private static final BlockingQueue<String> TOLD = new LinkedBlockingQueue<>();
  private static TestBackend backend;

  /** Frames to send. */
  private interface Frames {
    void send(Http2Client client, int stream) throws IOException;
  }

  @BeforeAll
  static void start() throws IOException {
    fixture =
        new GatewayFixture(
            GatewayFixture.options()
                .withObservers(
                    List.of(request -> {
                      if (request.status() >= 400) {
                        TOLD.add(request.status() + " " + request.why().code());
                      }
                    })));
    backend = fixture.everythingTo(fixture.backend("a"));
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  static Stream<Arguments> requests() {
    return Stream.of(
        row("CR in a value", RST_PROTOCOL, with("x-a", "b\rc")),
        row("LF in a value", RST_PROTOCOL, with("x-a", "b\nc")),
        row("CRLF and a field in a value", RST_PROTOCOL, with("x-a", "b\r\nx-hidden: 1")),
        row("CRLF and a request in a value", RST_PROTOCOL, with("x-a", "b\r\n\r\nGET /hidden")),
        row("NUL in a value", RST_PROTOCOL, with("x-a", "b\0c")),
        row("control in a value", RST_PROTOCOL, with("x-a", "b\u0001c")),
        row("DEL in a value", RST_PROTOCOL, with("x-a", "b\u007fc")),
        row("leading blank in a value", RST_PROTOCOL, with("x-a", " b")),
        row("trailing tab in a value", RST_PROTOCOL, with("x-a", "b\t")),
        row("upper case in a name", RST_PROTOCOL, with("X-a", "b")),
        row("colon in a name", RST_PROTOCOL, with("x:a", "b")),
        row("space in a name", RST_PROTOCOL, with("x a", "b")),
        row("CRLF in a name", RST_PROTOCOL, with("x\r\na", "b")),
        row("NUL in a name", RST_PROTOCOL, with("x\0a", "b")),
        row("octet above ASCII in a name", RST_PROTOCOL, with("x\u00e9", "b")),
        row("empty name", RST_PROTOCOL, with("", "b")),
        row("connection", RST_PROTOCOL, with("connection", "close")),
        row("keep-alive", RST_PROTOCOL, with("keep-alive", "timeout=5")),
        row("proxy-connection", RST_PROTOCOL, with("proxy-connection", "close")),
        row("transfer-encoding", RST_PROTOCOL, with("transfer-encoding", "chunked")),
        row("upgrade", RST_PROTOCOL, with("upgrade", "websocket")),
        row("te gzip", RST_PROTOCOL, with("te", "gzip")),
        row("te trailers and gzip", RST_PROTOCOL, with("te", "trailers, gzip")),
        row("host differs from :authority", RST_PROTOCOL, with("host", "other")),
        row("two hosts", RST_PROTOCOL, with("host", "h", "host", "h")),
        row("malformed content-length", RST_PROTOCOL, with("content-length", "5x")),
        row("negative content-length", RST_PROTOCOL, with("content-length", "-1")),
        row(
            "two content-lengths",
            RST_PROTOCOL,
            with("content-length", "0", "content-length", "0")),
        row("content-length without a body", RST_PROTOCOL, with("content-length", "5")),
        row("pseudo field after others", RST_PROTOCOL, with("x-a", "b", ":path", "/hidden")),
        row("unknown pseudo field", RST_PROTOCOL, with(":x", "y")),
        row("response's pseudo field", RST_PROTOCOL, with(":status", "200")),
        row("two paths", RST_PROTOCOL, with(":path", "/hidden")),
        row("two methods", RST_PROTOCOL, with(":method", "GET")),
        row("two authorities", RST_PROTOCOL, with(":authority", "h")),
        row("no method", RST_PROTOCOL, raw(":scheme", "http", ":authority", "h", ":path", "/")),
        row("no path", RST_PROTOCOL, raw(":method", "GET", ":scheme", "http", ":authority", "h")),
        row("no scheme", RST_PROTOCOL, raw(":method", "GET", ":authority", "h", ":path", "/")),
        row("no authority", RST_PROTOCOL, raw(":method", "GET", ":scheme", "http", ":path", "/")),
        row("empty path", RST_PROTOCOL, path("")),
        row("relative path", RST_PROTOCOL, path("hidden")),
        row("absolute path", RST_PROTOCOL, path("http://h/hidden")),
        row("CRLF in the path", RST_PROTOCOL, path("/ HTTP/1.1\r\nx-hidden: 1")),
        row("space in the path", RST_PROTOCOL, path("/ HTTP/1.1")),
        row("octet above ASCII in the path", RST_PROTOCOL, path("/\u00e9")),
        row("fragment", "400", path("/a#b")),
        row("backslash", "400", path("/a\\b")),
        row("broken percent", "400", path("/a%zz")),
        row("encoded NUL", "400", path("/a%00")),
        row("above the root", "400", path("/../etc")),
        row("asterisk", "400", method("OPTIONS", "*")),
        row("asterisk with GET", RST_PROTOCOL, method("GET", "*")),
        row("path too long", "414", path("/" + "a".repeat(9000))),
        row("method with a space", RST_PROTOCOL, method("GET /hidden", "/")),
        row("method with CRLF", RST_PROTOCOL, method("GET\r\n", "/")),
        row("method of symbols", RST_PROTOCOL, method("G(T", "/")),
        row("method too long", RST_PROTOCOL, method("G".repeat(40), "/")),
        row("TRACE", "405", method("TRACE", "/")),
        row("CONNECT", "405", raw(":method", "CONNECT", ":authority", "h:80")),
        row("CONNECT without authority", RST_PROTOCOL, raw(":method", "CONNECT")),
        row("CONNECT with a path", RST_PROTOCOL, method("CONNECT", "/")),
        row("unknown protocol", "501", protocol("CONNECT", "tcp")),
        row("protocol without CONNECT", RST_PROTOCOL, protocol("GET", "websocket")),
        row("scheme with a colon", RST_PROTOCOL, scheme("http:")),
        row("scheme with CRLF", RST_PROTOCOL, scheme("http\r\n")),
        row("other scheme", RST_PROTOCOL, scheme("gopher")),
        row("authority with user", "400", authority("u@h")),
        row("authority with a space", RST_PROTOCOL, authority("a b")),
        row("authority with CRLF", RST_PROTOCOL, authority("h\r\nx-hidden: 1")),
        row("authority with a bad port", "400", authority("h:x")),
        row("authority with a path", "400", authority("h/hidden")),
        row("unknown expectation", "417", with("expect", "magic")),
        row("too many fields", "431", with(many(200))),
        row("fields too large", "431", continued(36_000)),
        row(
            "HPACK bomb",
            "431",
            (client, stream) -> {
              byte[] first = Http2Client.encode(append("x", "y".repeat(3000)));
              byte[] bomb = Arrays.copyOf(first, first.length + 8000);
              int indexed = Http2Client.encode(request()).length;
              bomb[indexed] = 0x40; // this field goes to the table, and is named 8000 times after
              Arrays.fill(bomb, first.length, bomb.length, (byte) (0x80 | 62));
              client.frame(HEADERS, END_HEADERS | END_STREAM, stream, bomb);
            }));
  }

  static Stream<Arguments> bodies() {
    return Stream.of(
        row(
            "body longer than content-length",
            RST_PROTOCOL,
            (client, stream) -> {
              post(client, stream, "content-length", "2");
              client.data(stream, true, "hello");
            }),
        row(
            "body shorter than content-length",
            RST_PROTOCOL,
            (client, stream) -> {
              post(client, stream, "content-length", "9");
              client.data(stream, true, "hello");
            }),
        row(
            "trailers before content-length is reached",
            RST_PROTOCOL,
            (client, stream) -> {
              post(client, stream, "content-length", "9");
              client.data(stream, false, "hello");
              client.headers(stream, true, "x-t", "1");
            }),
        row(
            "pseudo field in trailers",
            RST_PROTOCOL,
            (client, stream) -> {
              post(client, stream);
              client.headers(stream, true, ":path", "/hidden");
            }),
        row(
            "CRLF in trailers",
            RST_PROTOCOL,
            (client, stream) -> {
              post(client, stream);
              client.headers(stream, true, "x-t", "1\r\n\r\nGET /hidden HTTP/1.1");
            }),
        row(
            "trailers without end",
            RST_PROTOCOL,
            (client, stream) -> {
              post(client, stream);
              client.headers(stream, false, "x-t", "1");
            }));
  }

  static Stream<Arguments> floods() {
    return Stream.of(
        row(
            "rapid reset",
            CALM,
            repeat(
                300,
                (client, _) -> {
                  int other = client.stream();
                  client.headers(other, true, request());
                  client.frame(RST_STREAM, 0, other, 0, 0, 0, 8);
                })),
        row(
            "provoked resets",
            CALM,
            repeat(
                300, (client, _) -> client.headers(client.stream(), true, append("x-a", "b\rc")))),
        row(
            "resets provoked by windows",
            CALM,
            repeat(
                300,
                (client, _) -> {
                  int other = client.stream();
                  client.headers(other, false, request());
                  client.frame(WINDOW_UPDATE, 0, other, 0, 0, 0, 0);
                })),
        row("SETTINGS", CALM, repeat(300, (client, _) -> client.frame(SETTINGS, 0, 0))),
        row(
            "PING",
            CALM,
            repeat(3000, (client, _) -> client.frame(PING, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8))),
        row(
            "PRIORITY",
            CALM,
            repeat(3000, (client, _) -> client.frame(PRIORITY, 0, 1, 0, 0, 0, 3, 1))),
        row("WINDOW_UPDATE", CALM, repeat(3000, (client, _) -> client.windowUpdate(0, 1))),
        row("unknown frames", CALM, repeat(3000, (client, _) -> client.frame(99, 0, 0, 1))),
        row(
            "empty DATA",
            CALM,
            (client, stream) -> {
              post(client, stream);
              for (int i = 0; i < 3000; i++) {
                client.frame(DATA, 0, stream);
              }
            }),
        row(
            "empty CONTINUATION",
            CALM,
            (client, stream) -> {
              client.frame(HEADERS, END_STREAM, stream, Http2Client.encode(request()));
              for (int i = 0; i < 100; i++) {
                client.frame(CONTINUATION, 0, stream);
              }
            }),
        row(
            "CONTINUATION without end",
            CALM,
            (client, stream) -> {
              client.frame(HEADERS, END_STREAM, stream, Http2Client.encode(request()));
              for (int i = 0; i < 1000; i++) {
                client.frame(CONTINUATION, 0, stream, Http2Client.encode("x-a", "b".repeat(1000)));
              }
            }),
        row(
            "frame above the limit",
            "GOAWAY 6",
            (client, stream) -> {
              post(client, stream);
              client.frame(DATA, 0, stream, new byte[16_385]);
            }));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("requests")
  void requestIsRefused(String name, String verdict, Frames frames) throws Exception {
    judge(verdict, frames);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("bodies")
  void bodyIsRefused(String name, String verdict, Frames frames) throws Exception {
    judge(verdict, frames);
  }

  private static void judge(String verdict, Frames frames) throws Exception {
    TOLD.clear();
    int before = backend.requests.size();
    try (Http2Client client = client()) {
      int stream = client.stream();
      frames.send(client, stream);
      assertThat(client.response(stream).verdict()).isEqualTo(verdict);
      if (!verdict.startsWith("GOAWAY")) {
        assertThat(client.get("h", "/good").status).as("the connection goes on").isEqualTo(200);
      }
    }
    assertThat(backend.requests.subList(before, backend.requests.size()))
        .noneMatch(request -> request.line().contains("hidden"))
        .noneMatch(request -> !request.field("x-hidden").isEmpty())
        .noneMatch(request -> request.line().startsWith("GET /x"));
    assertThat(TOLD.poll(20, TimeUnit.SECONDS))
        .as("what metrics and logs are told")
        .isEqualTo((verdict.equals(RST_PROTOCOL) ? "400" : verdict) + " malformed_request");
    assertThat(TOLD).as("once").isEmpty();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("floods")
  void floodEndsItsConnectionOnly(String name, String verdict, Frames frames) throws IOException {
    TOLD.clear();
    try (Http2Client client = client();
        Http2Client other = client()) {
      assertThat(other.get("h", "/good").status).isEqualTo(200);
      try {
        frames.send(client, client.stream());
      } catch (SocketException closedAlready) {
        assertThat(closedAlready).isNotNull();
      }
      client.readToEnd();
      if (client.goAwayCode >= 0) { // it may be lost where we were still sending
        assertThat("GOAWAY " + client.goAwayCode).isEqualTo(verdict);
      }
      String told = verdict.equals(CALM) ? "429 too_many_frames" : "400 malformed_request";
      GatewayFixture.await(() -> TOLD.contains(told));
      assertThat(other.get("h", "/good").status).isEqualTo(200);
    }
  }

  @Test
  void fieldsWithUnderscoresAreDropped() throws IOException {
    try (Http2Client client = client()) {
      int stream = client.stream();
      client.headers(stream, true, append("x_forwarded_for", "1.2.3.4", "x-kept", "1"));
      String seen = client.response(stream).text();
      assertThat(seen).contains("x-kept: 1").doesNotContain("x_forwarded_for");
    }
  }

  private static Http2Client client() throws IOException {
    return new Http2Client(Objects.requireNonNull(fixture.gateway().httpAddress()));
  }

  private static Arguments row(String name, String verdict, Frames frames) {
    return Arguments.of(name, verdict, frames);
  }

  private static String[] request() {
    return new String[] {":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/x"};
  }

  private static String[] append(String... fields) {
    List<String> all = new ArrayList<>(List.of(request()));
    all.addAll(List.of(fields));
    return all.toArray(String[]::new);
  }

  private static Frames with(String... fields) {
    return (client, stream) -> client.headers(stream, true, append(fields));
  }

  private static Frames raw(String... fields) {
    return (client, stream) -> client.headers(stream, true, fields);
  }

  private static Frames path(String path) {
    return method("GET", path);
  }

  private static Frames method(String method, String path) {
    return raw(":method", method, ":scheme", "http", ":authority", "h", ":path", path);
  }

  private static Frames scheme(String scheme) {
    return raw(":method", "GET", ":scheme", scheme, ":authority", "h", ":path", "/");
  }

  private static Frames authority(String authority) {
    return raw(":method", "GET", ":scheme", "http", ":authority", authority, ":path", "/");
  }

  private static Frames protocol(String method, String protocol) {
    return raw(
        ":method",
        method,
        ":protocol",
        protocol,
        ":scheme",
        "http",
        ":authority",
        "h",
        ":path",
        "/");
  }

  private static String[] many(int count) {
    String[] fields = new String[2 * count];
    Arrays.fill(fields, "x");
    return fields;
  }

  /** A header section of many bytes, in as many frames as it takes. */
  private static Frames continued(int bytes) {
    return (client, stream) -> {
      client.frame(HEADERS, END_STREAM, stream, Http2Client.encode(request()));
      byte[] fields = Http2Client.encode("cookie", "c".repeat(bytes));
      int at = 0;
      while (at < fields.length) {
        int end = Math.min(at + 16_000, fields.length);
        client.frame(
            CONTINUATION,
            end == fields.length ? END_HEADERS : 0,
            stream,
            Arrays.copyOfRange(fields, at, end));
        at = end;
      }
    };
  }

  private static void post(Http2Client client, int stream, String... fields) throws IOException {
    List<String> all = new ArrayList<>(List.of(request()));
    all.set(1, "POST");
    all.addAll(List.of(fields));
    client.headers(stream, false, all.toArray(String[]::new));
  }

  private static Frames repeat(int times, Frames frames) {
    return (client, stream) -> {
      for (int i = 0; i < times; i++) {
        frames.send(client, stream);
      }
    };
  }
}
