// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * HTTP/1 requests that attackers write, and those that proxies and backends tend to read in two
 * ways. Most families are those of RFC 9112 section 11 and of the desync research since 2019.
 */
public final class HostileHttp1 {
  private static final String HOST = "Host: h\r\n";
  private static final String CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

  private HostileHttp1() {}

  /** Name, expected status, bytes. */
  public static Stream<Arguments> refused() {
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
        row("trailers too large", 400, chunked("0\r\nX: " + "y".repeat(9000) + "\r\n\r\n")),
        row("CL with a comma behind", 400, post("Content-Length: 5,\r\n")),
        row("CL with a fraction", 400, post("Content-Length: 5.0\r\n")),
        row("CL with an exponent", 400, post("Content-Length: 1e1\r\n")),
        row("CL of other digits", 400, post("Content-Length: \u00b2\r\n")),
        row("CL quoted", 400, post("Content-Length: \"5\"\r\n")),
        row("TE with a comma behind", 400, post("Transfer-Encoding: chunked,\r\n")),
        row("TE empty", 400, post("Transfer-Encoding:\r\n")),
        row("TE quoted", 400, post("Transfer-Encoding: \"chunked\"\r\n")),
        row("TE with NUL", 400, post("Transfer-Encoding: chunked\0\r\n")),
        row("TE chunked, identity", 400, post("Transfer-Encoding: chunked, identity\r\n")),
        row("TE with form feed", 400, post("Transfer-Encoding: chunked\u000c\r\n")),
        row(
            "TE twice, both chunked",
            400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
        row("TE and CL 0", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")),
        row("TE behind a folded field", 400, post("X: a\r\n\tTransfer-Encoding: chunked\r\n")),
        row("tab before colon", 400, get("X-A\t: b\r\n")),
        row("parenthesis in field name", 400, get("X(A): b\r\n")),
        row("obs-text in field name", 400, get("X-\u00e9: b\r\n")),
        row("NUL in field name", 400, get("X\0A: b\r\n")),
        row("at sign in field name", 400, get("X@A: b\r\n")),
        row("CR alone ends a field", 400, "GET / HTTP/1.1\r\nX: a\rHost: h\r\n\r\n"),
        row("vertical tab in value", 400, get("X-A: a\u000bb\r\n")),
        row("escape in value", 400, get("X-A: a\u001b[2Jb\r\n")),
        row("Host twice, other case", 400, "GET / HTTP/1.1\r\nHost: h\r\nhOST: h\r\n\r\n"),
        row("Host with a path", 400, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
        row("Host list", 400, "GET / HTTP/1.1\r\nHost: h, g\r\n\r\n"),
        row("Host with fragment", 400, "GET / HTTP/1.1\r\nHost: h#g\r\n\r\n"),
        row("Host with percent", 400, "GET / HTTP/1.1\r\nHost: %68\r\n\r\n"),
        row("Host with an empty label", 400, "GET / HTTP/1.1\r\nHost: a..b\r\n\r\n"),
        row("Host starts with a dot", 400, "GET / HTTP/1.1\r\nHost: .h\r\n\r\n"),
        row("Host with an open bracket", 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        row("Host with a port too large", 400, "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n"),
        row("Host with a negative port", 400, "GET / HTTP/1.1\r\nHost: h:-1\r\n\r\n"),
        row("Host too long", 400, "GET / HTTP/1.1\r\nHost: " + "h".repeat(300) + "\r\n\r\n"),
        row("Host with a tab", 400, "GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n"),
        row("Host with obs-text", 400, "GET / HTTP/1.1\r\nHost: h\u00e9\r\n\r\n"),
        row("absolute target without host", 400, "GET http:/// HTTP/1.1\r\n" + HOST + "\r\n"),
        row("absolute target with user", 400, "GET http://u@h/ HTTP/1.1\r\n" + HOST + "\r\n"),
        row("absolute target of ftp", 400, "GET ftp://h/ HTTP/1.1\r\n" + HOST + "\r\n"),
        row("absolute target, other port", 400, "GET http://h:1/ HTTP/1.1\r\n" + HOST + "\r\n"),
        row("query without a path", 400, target("?a=b")),
        row("fragment behind a query", 400, target("/?a#b")),
        row("percent at the end", 400, target("/a%")),
        row("half a percent encoding", 400, target("/a%2")),
        row("above the root, encoded", 400, target("/%2e%2e/etc")),
        row("above the root, mixed", 400, target("/a/.%2E/../../b")),
        row("only above the root", 400, target("/..")),
        row("backslash above the root", 400, target("/..\\..\\etc")),
        row("DEL in target", 400, target("/a\u007f")),
        row("control in target", 400, target("/a\u0001")),
        row("NUL in target", 400, target("/a\0b")),
        row("version with a space behind", 400, "GET / HTTP/1.1 \r\n" + HOST + "\r\n"),
        row("version with two digits", 400, "GET / HTTP/1.10\r\n" + HOST + "\r\n"),
        row("version with a zero before", 400, "GET / HTTP/01.1\r\n" + HOST + "\r\n"),
        row("version of another protocol", 400, "GET / ICE/1.0\r\n" + HOST + "\r\n"),
        row("version without digits", 400, "GET / HTTP/\r\n" + HOST + "\r\n"),
        row("method with NUL", 400, "GE\0T / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("method missing", 400, " / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("method with obs-text", 400, "G\u00c9T / HTTP/1.1\r\n" + HOST + "\r\n"),
        row("SSH on the plain port", 400, "SSH-2.0-x\r\n"),
        row("SMTP on the plain port", 400, "EHLO h\r\nMAIL FROM:<a@b>\r\n"),
        row("PROXY header where none is expected", 400, "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
        row("chunk size of 17 digits", 400, chunked("00000000000000005\r\nhello\r\n0\r\n\r\n")),
        row("chunk size with a letter behind", 400, chunked("5g\r\nhello\r\n0\r\n\r\n")),
        row("chunk size with a tab before", 400, chunked("\t5\r\nhello\r\n0\r\n\r\n")),
        row("chunk size with NUL", 400, chunked("5\0\r\nhello\r\n0\r\n\r\n")),
        row("chunk data ends with LF", 400, chunked("5\r\nhello\n0\r\n\r\n")),
        row("chunk data ends with CR", 400, chunked("5\r\nhello\r0\r\n\r\n")),
        row("chunk shorter than its size", 400, chunked("6\r\nhello\r\n0\r\n\r\n")),
        row("chunk extension with NUL", 400, chunked("5;a\0\r\nhello\r\n0\r\n\r\n")),
        row("trailer without colon", 400, chunked("0\r\nabc\r\n\r\n")),
        row("trailer with a space before colon", 400, chunked("0\r\nX : y\r\n\r\n")),
        row("trailer with NUL", 400, chunked("0\r\nX: a\0\r\n\r\n")),
        row("trailers too many", 400, chunked("0\r\n" + "X: y\r\n".repeat(101) + "\r\n")));
  }

  /**
   * Name, bytes, and what must arrive at the backend: request lines, the fields that one of them
   * must have ("+Name: value") or must not have ("-Name"), the body ("=text").
   */
  public static Stream<Arguments> understood() {
    return Stream.of(
        pass("TE in another case", chunkedBy("Transfer-Encoding: Chunked"), "POST /", "=hello"),
        pass("TE behind a tab", chunkedBy("Transfer-Encoding:\tchunked"), "POST /", "=hello"),
        pass(
            "TE with space behind", chunkedBy("Transfer-Encoding: chunked \t"), "POST /", "=hello"),
        pass(
            "CL with zeros before", post("Content-Length: 0005\r\n") + "hello", "POST /", "=hello"),
        pass(
            "CL with space around", post("Content-Length: \t5 \r\n") + "hello", "POST /", "=hello"),
        pass(
            "CL 0 and what looks like a body",
            post("Content-Length: 0\r\n") + "GET /second HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /",
            "GET /second"),
        pass(
            "no CL and what looks like a body",
            post("") + "GET /second HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /",
            "GET /second"),
        pass(
            "GET with a body that looks like a request",
            get("Content-Length: 35\r\n") + "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n\r\n",
            "GET /",
            "=GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n\r\n"),
        pass(
            "underscored TE beside CL",
            post("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n") + "hello",
            "POST /",
            "-Transfer_Encoding",
            "=hello"),
        pass(
            "underscored CL beside TE",
            post("Content_Length: 9\r\nTransfer-Encoding: chunked\r\n") + CHUNKS,
            "POST /",
            "-Content_Length",
            "=hello"),
        pass("chunk size in upper case", chunked("A\r\n0123456789\r\n0\r\n\r\n"), "POST /"),
        pass("chunk size in lower case", chunked("a\r\n0123456789\r\n0\r\n\r\n"), "POST /"),
        pass("chunk size with zeros", chunked("005\r\nhello\r\n0\r\n\r\n"), "POST /", "=hello"),
        pass("chunk extension", chunked("5;a=b\r\nhello\r\n0;c\r\n\r\n"), "POST /", "=hello"),
        pass(
            "chunk extension, quoted",
            chunked("5;a=\"b\"\r\nhello\r\n0\r\n\r\n"),
            "POST /",
            "=hello"),
        pass("last chunk of zeros", chunked("5\r\nhello\r\n000\r\n\r\n"), "POST /", "=hello"),
        pass(
            "trailer that frames",
            chunked("5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n"),
            "POST /",
            "-Content-Length",
            "=hello"),
        pass(
            "trailer that routes",
            chunked("5\r\nhello\r\n0\r\nHost: g\r\n\r\n"),
            "POST /",
            "+Host: h",
            "=hello"),
        pass("Host with upper case", "GET / HTTP/1.1\r\nHOST: H\r\n\r\n", "GET /", "+Host: H"),
        pass(
            "Host with a port", "GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n", "GET /", "+Host: h:8080"),
        pass("Host with an empty port", "GET / HTTP/1.1\r\nHost: h:\r\n\r\n", "GET /"),
        pass("Host with a dot behind", "GET / HTTP/1.1\r\nHost: h.\r\n\r\n", "GET /"),
        pass("Host is an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /"),
        pass(
            "absolute target", "GET http://h/a HTTP/1.1\r\n" + HOST + "\r\n", "GET /a", "+Host: h"),
        pass(
            "absolute target in upper case",
            "GET HTTP://H/a HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /a"),
        pass(
            "absolute target without a path", "GET http://h HTTP/1.1\r\n" + HOST + "\r\n", "GET /"),
        pass(
            "absolute target, query only",
            "GET http://h?x HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /?x"),
        pass("two slashes first", target("//g/a"), "GET //g/a"),
        pass("two slashes inside", target("/a//b"), "GET /a//b"),
        pass("dot segment", target("/a/./b"), "GET /a/b"),
        pass("two dots", target("/a/../b"), "GET /b"),
        pass("two dots, encoded", target("/a/%2e%2E/b"), "GET /b"),
        pass("two dots last", target("/a/b/.."), "GET /a/"),
        pass("a dot last", target("/a/."), "GET /a/"),
        pass("two dots and a parameter", target("/a/..;/b"), "GET /a/..;/b"),
        pass("three dots", target("/a/.../b"), "GET /a/.../b"),
        pass("encoded letter", target("/%41dmin"), "GET /Admin"),
        pass("encoded slash", target("/a%2Fb"), "GET /a%2Fb"),
        pass("encoded slash and dots", target("/a/..%2fb"), "GET /a/..%2fb"),
        pass("encoded backslash", target("/a%5cb"), "GET /a%5cb"),
        pass("encoded percent", target("/a%252e%252e/b"), "GET /a%252e%252e/b"),
        pass("encoded question mark", target("/a%3fb"), "GET /a%3fb"),
        pass("encoded CR and LF", target("/a%0d%0aX:b"), "GET /a%0d%0aX:b"),
        pass("two question marks", target("/a?b?c"), "GET /a?b?c"),
        pass("dots in the query", target("/a?b=/../c"), "GET /a?b=/../c"),
        pass("method in lower case", "get / HTTP/1.1\r\n" + HOST + "\r\n", "get /"),
        pass("unknown method", "PURGE / HTTP/1.1\r\n" + HOST + "\r\n", "PURGE /"),
        pass("an empty line first", "\r\n" + get(""), "GET /"),
        pass("obs-text in value", get("X-A: \u00e9\r\n"), "GET /", "+X-A: \u00e9"),
        pass("tab in value", get("X-A: a\tb\r\n"), "GET /", "+X-A: a\tb"),
        pass("empty value", get("X-A:\r\n"), "GET /", "+X-A: "),
        pass("colon in value", get("X-A: b:c\r\n"), "GET /", "+X-A: b:c"),
        pass("Proxy", get("Proxy: http://evil\r\n"), "GET /", "-Proxy"),
        pass("Keep-Alive", get("Keep-Alive: timeout=900\r\n"), "GET /", "-Keep-Alive"),
        pass("Proxy-Connection", get("Proxy-Connection: close\r\n"), "GET /", "-Proxy-Connection"),
        pass("Connection names a field", get("Connection: X-A\r\nX-A: b\r\n"), "GET /", "-X-A"),
        pass("Connection names Host", get("Connection: Host\r\n"), "GET /", "+Host: h"),
        pass(
            "Connection names ours",
            get("Connection: X-Forwarded-For, X-Real-IP\r\n"),
            "GET /",
            "+X-Forwarded-For: 127.0.0.1",
            "+X-Real-IP: 127.0.0.1"),
        pass(
            "Connection names Content-Length",
            post("Connection: Content-Length\r\nContent-Length: 5\r\n") + "hello",
            "POST /",
            "+Content-Length: 5",
            "=hello"),
        pass(
            "Connection names Transfer-Encoding",
            post("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n") + CHUNKS,
            "POST /",
            "=hello"),
        pass("TE asks for more", get("TE: trailers, deflate\r\n"), "GET /", "+TE: trailers"),
        pass(
            "h2c by upgrade",
            get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"),
            "GET /",
            "-Upgrade",
            "-HTTP2-Settings"),
        pass("Upgrade without Connection", get("Upgrade: websocket\r\n"), "GET /", "-Upgrade"),
        pass(
            "Upgrade to what we do not pass on",
            get("Connection: Upgrade\r\nUpgrade: foo\r\n"),
            "GET /",
            "-Upgrade"),
        pass(
            "X-Forwarded-For of a stranger",
            get("X-Forwarded-For: 10.0.0.1\r\n"),
            "GET /",
            "+X-Forwarded-For: 127.0.0.1"),
        pass(
            "X-Forwarded-Proto of a stranger",
            get("X-Forwarded-Proto: https\r\n"),
            "GET /",
            "+X-Forwarded-Proto: http"),
        pass("Forwarded of a stranger", get("Forwarded: for=10.0.0.1\r\n"), "GET /", "-Forwarded"),
        pass(
            "X-Real-IP of a stranger",
            get("X-Real-IP: 10.0.0.1\r\n"),
            "GET /",
            "+X-Real-IP: 127.0.0.1"),
        pass("underscored X-Real-IP", get("X_Real_IP: 10.0.0.1\r\n"), "GET /", "-X_Real_IP"),
        pass(
            "two requests in one piece",
            get("") + "GET /second HTTP/1.1\r\nHost: g\r\n\r\n",
            "GET /",
            "GET /second"));
  }

  private static Arguments pass(String name, String bytes, String... arrives) {
    return Arguments.of(name, bytes, List.of(arrives));
  }

  private static String chunkedBy(String field) {
    return post(field + "\r\n") + CHUNKS;
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
