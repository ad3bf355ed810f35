// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read from the first bytes of an encrypted connection. */
class ClientHelloTest {
  private static byte[] hello(String serverName, String... protocols) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (!serverName.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    parameters.setApplicationProtocols(protocols);
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(32_768);
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static ClientHello.Result peek(byte[] bytes) {
    return ClientHello.peek(Unpooled.wrappedBuffer(bytes));
  }

  @Test
  void serverNameAndProtocolsAreRead() throws Exception {
    assertThat(peek(hello("Shop.Example.org", "h2", "http/1.1")))
        .isEqualTo(
            new ClientHello.Result.Complete(
                new ClientHello("shop.example.org", List.of("h2", "http/1.1"))));
    assertThat(peek(hello("")))
        .isEqualTo(new ClientHello.Result.Complete(new ClientHello("", List.of())));
  }

  @Test
  void everyPrefixNeedsMore() throws Exception {
    byte[] whole = hello("a.b", "h2");
    for (int length = 0; length < whole.length; length++) {
      assertThat(peek(Arrays.copyOf(whole, length)))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(ClientHello.Result.NeedMore.class);
    }
  }

  @Test
  void messageInManyRecordsIsReadAsOne() throws Exception {
    byte[] whole = hello("a.b", "h2");
    ByteArrayOutputStream split = new ByteArrayOutputStream();
    for (int at = 5; at < whole.length; at += 50) {
      int length = Math.min(50, whole.length - at);
      split.write(new byte[] {22, 3, 1, 0, (byte) length});
      split.write(whole, at, length);
    }
    assertThat(peek(split.toByteArray()))
        .isEqualTo(new ClientHello.Result.Complete(new ClientHello("a.b", List.of("h2"))));
  }

  @Test
  void peekingMovesNothing() throws Exception {
    ByteBuf in = Unpooled.wrappedBuffer(hello("a.b"));
    int before = in.readableBytes();
    assertThat(ClientHello.peek(in)).isInstanceOf(ClientHello.Result.Complete.class);
    assertThat(in.readableBytes()).isEqualTo(before);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        row("plain HTTP", "GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)),
        row("SSL 2", new byte[] {(byte) 0x80, 0x2e, 1, 0, 2}),
        row("alert record", new byte[] {21, 3, 1, 0, 2, 1, 0}),
        row("version 2", new byte[] {22, 2, 1, 0, 5}),
        row("empty record", new byte[] {22, 3, 1, 0, 0}),
        row("record above 16 KiB", new byte[] {22, 3, 1, 0x40, 1}),
        row("ServerHello", new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 0}),
        row("16 MiB announced", new byte[] {22, 3, 1, 0, 4, 1, -1, -1, -1}),
        row("body cut short", new byte[] {22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3}),
        row("extension beyond the end", custom(0, 0, 0, 200)),
        row("name list of a wrong length", custom(0, 0, 0, 4, 0, 9, 0, 0)),
        row("empty name", custom(0, 0, 0, 5, 0, 3, 0, 0, 0)),
        row("NUL in the name", custom(0, 0, 0, 6, 0, 4, 0, 0, 1, 0)),
        row("slash in the name", custom(0, 0, 0, 6, 0, 4, 0, 0, 1, '/')),
        row("two names", custom(0, 0, 0, 10, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b')),
        row("empty protocol list", custom(0, 16, 0, 2, 0, 0)),
        row("empty protocol", custom(0, 16, 0, 3, 0, 1, 0)),
        row("protocol beyond the list", custom(0, 16, 0, 4, 0, 2, 9, 'h')));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void otherBytesAreRefused(String name, byte[] bytes) {
    assertThat(peek(bytes)).isInstanceOf(ClientHello.Result.Malformed.class);
  }

  private static Arguments row(String name, byte[] bytes) {
    return Arguments.of(name, bytes);
  }

  /** A ClientHello with the given bytes as extensions. */
  private static byte[] custom(int... extensions) {
    ByteBuf body = Unpooled.buffer();
    body.writeShort(0x0303).writeZero(32).writeByte(0);
    body.writeShort(2).writeShort(0x1301).writeByte(1).writeByte(0);
    body.writeShort(extensions.length);
    for (int octet : extensions) {
      body.writeByte(octet);
    }
    ByteBuf record = Unpooled.buffer();
    record.writeByte(22).writeShort(0x0301).writeShort(body.readableBytes() + 4);
    record.writeByte(1).writeMedium(body.readableBytes()).writeBytes(body);
    byte[] bytes = new byte[record.readableBytes()];
    record.readBytes(bytes);
    return bytes;
  }
}
