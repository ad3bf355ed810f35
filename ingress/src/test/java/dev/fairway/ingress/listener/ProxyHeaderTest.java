// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header of the PROXY protocol in its two versions. */
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  private static ProxyHeader.Result peek(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    ProxyHeader.Result result = ProxyHeader.peek(in);
    assertThat(in.readableBytes()).isEqualTo(bytes.length);
    return result;
  }

  private static byte[] text(String line) {
    return line.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] hex(String rest) {
    return HexFormat.of().parseHex(SIGNATURE + rest.replace(" ", ""));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443, 192.0.2.7, 443",
    "PROXY TCP6 2001:db8::7 2001:db8::1 56324 80, 2001:db8::7, 80",
    "PROXY UNKNOWN, '', 0",
    "PROXY UNKNOWN anything at all, '', 0",
  })
  void version1IsRead(String line, String source, int port) {
    byte[] bytes = text(line + "\r\n");
    assertThat(peek(bytes)).isEqualTo(complete(source, port, bytes.length));
    for (int i = 0; i < bytes.length; i++) {
      assertThat(peek(java.util.Arrays.copyOf(bytes, i)))
          .isInstanceOf(ProxyHeader.Result.NeedMore.class);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "21 11 000c c0000207 c6336401 dc04 01bb, 192.0.2.7, 443",
    "21 11 0010 c0000207 c6336401 dc04 01bb 04000100, 192.0.2.7, 443",
    "20 00 0000, '', 0",
    "20 11 000c c0000207 c6336401 dc04 01bb, '', 0",
    "21 00 0000, '', 0",
  })
  void version2IsRead(String rest, String source, int port) {
    byte[] bytes = hex(rest);
    assertThat(peek(bytes)).isEqualTo(complete(source, port, bytes.length));
    for (int i = 0; i < bytes.length; i++) {
      assertThat(peek(java.util.Arrays.copyOf(bytes, i)))
          .isInstanceOf(ProxyHeader.Result.NeedMore.class);
    }
  }

  @Test
  void version2HasAddressesOfIpv6() {
    byte[] bytes =
        hex(
            "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001"
                + " dc04 01bb");
    assertThat(peek(bytes)).isEqualTo(complete("2001:db8::7", 443, bytes.length));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 5\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        "PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.300 198.51.100.1 1 2\r\n",
        "PROXY TCP4 localhost 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n",
        "PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n",
        "PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n",
        "proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n",
      })
  void otherLinesAreRefused(String line) {
    assertThat(peek(text(line))).isInstanceOf(ProxyHeader.Result.Malformed.class);
  }

  @Test
  void lineWithoutEndIsRefused() {
    assertThat(peek(text("PROXY UNKNOWN " + "x".repeat(200))))
        .isInstanceOf(ProxyHeader.Result.Malformed.class);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "31 11 000c c0000207 c6336401 dc04 01bb",
        "22 11 000c c0000207 c6336401 dc04 01bb",
        "21 11 0008 c0000207 c6336401",
        "21 21 000c c0000207 c6336401 dc04 01bb",
        "21 12 000c c0000207 c6336401 dc04 01bb",
        "21 31 0000",
        "21 11 ffff",
      })
  void otherBytesAreRefused(String rest) {
    assertThat(peek(hex(rest))).isInstanceOf(ProxyHeader.Result.Malformed.class);
  }

  private static ProxyHeader.Result complete(String source, int port, int length) {
    return new ProxyHeader.Result.Complete(
        new ProxyHeader(source.isEmpty() ? null : IpAddress.parse(source), port, length));
  }
}
