// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that could be read in two ways, or are larger than they may be: refused, the connection
 * closed, and nothing of a request hidden behind them reaches the backend.
 */
class MalformedRequestIT {
  private static final String HOST = "Host: h\r\n";
  private static GatewayFixture fixture;
  private static TestBackend backend;

  @BeforeAll
  static void start() throws IOException {
    fixture = new GatewayFixture();
    backend = fixture.everythingTo(fixture.backend("a"));
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  static Stream<Arguments> corpus() {
    return Stream.of(
        row("TE and CL", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
        row("CL and TE", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
        row("two equal CL", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n")),
        row("two different CL", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n")),
        row("CL list", 400, post("Content-Length: 5, 5\r\n")),
        row("negative CL", 400, post("Content-Length: -1\r\n")),
        row("signed CL", 400, post("Content-Length: +5\r\n")),
        row("hex CL", 400, post("Content-Length: 0x5\r\n")),
        row("empty CL", 400, post("Content-Length:\r\n")),
        row("CL overflow", 400, post("Content-Length: 18446744073709551621\r\n")),
        row("CL with text", 400, post("Content-Length: 5 5\r\n")),
        row(
            "TE in HTTP/1.0",
            400,
            "POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        row("TE xchunked", 400, post("Transfer-Encoding: xchunked\r\n")),
        row("TE chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n")),
        row(
            "TE two fields",
            400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
        row("TE identity", 400, post("Transfer-Encoding: identity\r\n")),
        row("TE gzip, chunked", 400, post("Transfer-Encoding: gzip, chunked\r\n")),
        row("TE with parameter", 400, post("Transfer-Encoding: chunked;x\r\n")),
        row("TE with vertical tab", 400, post("Transfer-Encoding: \u000bchunked\r\n")),
        row("space before colon", 400, post("Transfer-Encoding : chunked\r\n")),
        row("folded field", 400, get("X-A: b\r\n c\r\n")),
        row("folded first field", 400, "GET / HTTP/1.1\r\n X: a\r\n" + HOST + "\r\n"),
        row("folded TE", 400, post("Transfer-Encoding:\r\n chunked\r\n")),
        row("empty field name", 400, get(": x\r\n")),
        row("field without colon", 400, get("abc\r\n")),
        row("space in field name", 400, get("X A: b\r\n")),
        row("NUL in value", 400, get("X-A: a\0b\r\n")),
        row("bare CR in value", 400, get("X-A: a\rb\r\n")),
        row("control in value", 400, get("X-A: a\u0001b\r\n")),
        row("DEL in value", 400, get("X-A: a\u007fb\r\n")),
        row("bare LF after request line", 400, "GET / HTTP/1.1\n" + HOST + "\r\n"),
        row("bare LF after field", 400, "GET / HTTP/1.1\r\nHost: h\n\r\n"),
        row("bare LF as empty line", 400, "GET / HTTP/1.1\r\n" + HOST + "\n"),
        row("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
        row("two Hosts", 400, "GET / HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n"),
        row("Host with user", 400, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
        row("Host with space", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        row("Host with bad port", 400, "GET / HTTP/1.1\r\nHost: h:x\r\n\r\n"),
        row("absolute target, other Host", 400, "GET http://g/ HTTP/1.1\r\n" + HOST + "\r\n"),
        row("fragment", 400, target("/a#b")),
        row("backslash", 400, target("/a\\b")),
        row("broken percent", 400, target("/a%zz")),
        row("encoded NUL", 400, target("/a%00")),
        row("above the root", 400, target("/../etc")),
        row("relative target", 400, target("a")),
        row("asterisk", 400, "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n"),
        row("obs-text in target", 400, target("/\u00e9")),
        row("two spaces", 400, "GET  / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("tab in request line", 400, "GET\t/ HTTP/1.1\r\n" + HOST + "\r\n"),
        row("space in target", 400, "GET /a b HTTP/1.1\r\n" + HOST + "\r\n"),
        row("HTTP/0.9", 400, "GET /\r\n\r\n"),
        row("lower case version", 400, "GET / http/1.1\r\n" + HOST + "\r\n"),
        row("HTTP/2.0", 505, "GET / HTTP/2.0\r\n" + HOST + "\r\n"),
        row("HTTP/1.2", 505, "GET / HTTP/1.2\r\n" + HOST + "\r\n"),
        row("h2 preface, garbled", 505, "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
        row("TLS on the plain port", 400, "\u0016\u0003\u0001\u0002\u0000\u0001"),
        row("control before request line", 400, "\u0000GET / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("two empty lines first", 400, "\r\n\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("method of symbols", 400, "G(T / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("method too long", 400, "G".repeat(40) + " / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("CONNECT", 405, "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n"),
        row("TRACE", 405, "TRACE / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("unknown expectation", 417, get("Expect: magic\r\n")),
        row(
            "request line too long",
            414,
            "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n" + HOST + "\r\n"),
        row("request line without end", 414, "GET /" + "a".repeat(9000)),
        row("too many fields", 431, get("X-A: b\r\n".repeat(101))),
        row("fields too large", 431, get(("X-A: " + "b".repeat(4000) + "\r\n").repeat(9))),
        row("one field too large", 431, get("Cookie: " + "c".repeat(40_000) + "\r\n")),
        row("chunk size negative", 400, chunked("-1\r\n")),
        row("chunk size with sign", 400, chunked("+5\r\nhello\r\n0\r\n\r\n")),
        row("chunk size with 0x", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n")),
        row("chunk size with underscore", 400, chunked("1_0\r\n")),
        row("chunk size empty", 400, chunked("\r\n\r\n")),
        row("chunk size too large", 400, chunked("ffffffffffffffff5\r\n")),
        row("chunk size with space", 400, chunked("5 \r\nhello\r\n0\r\n\r\n")),
        row("chunk line with LF", 400, chunked("5\nhello\r\n0\r\n\r\n")),
        row("chunk extension with CR", 400, chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")),
        row("chunk extension with LF", 400, chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")),
        row(
            "chunk extension too long",
            400,
            chunked("5;" + "a".repeat(2000) + "\r\nhello\r\n0\r\n\r\n")),
        row("chunk longer than its size", 400, chunked("5\r\nhello!\r\n0\r\n\r\n")),
        row("trailer with LF", 400, chunked("0\r\nX: y\n\r\n")),
        row("trailer folded", 400, chunked("0\r\nX: y\r\n z\r\n\r\n")),
        row("trailers too large", 400, chunked("0\r\nX: " + "y".repeat(9000) + "\r\n\r\n")));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("corpus")
  void requestIsRefusedAndTheConnectionClosed(String name, int status, String bytes)
      throws IOException {
    String hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
    try (RawClient client = fixture.connect()) {
      client.send(bytes + hidden);
      RawClient.Response response = client.response();
      assertThat(response.status()).as(response.body()).isEqualTo(status);
      assertThat(response.field("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(backend.requests).noneMatch(request -> request.line().contains("/hidden"));
  }

  @Test
  void closingForAMalformedRequestHarmsNobodyElse() throws IOException {
    try (RawClient good = fixture.connect();
        RawClient bad = fixture.connect()) {
      assertThat(good.get("h", "/1").status()).isEqualTo(200);
      bad.send("GARBAGE\r\n\r\n");
      assertThat(bad.response().status()).isEqualTo(400);
      assertThat(good.get("h", "/2").status()).isEqualTo(200);
    }
  }

  private static Arguments row(String name, int status, String bytes) {
    return Arguments.of(name, status, bytes);
  }

  private static String post(String fields) {
    return "POST / HTTP/1.1\r\n" + HOST + fields + "\r\n";
  }

  private static String get(String fields) {
    return "GET / HTTP/1.1\r\n" + HOST + fields + "\r\n";
  }

  private static String target(String target) {
    return "GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n";
  }

  private static String chunked(String body) {
    return "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n" + body;
  }
}
