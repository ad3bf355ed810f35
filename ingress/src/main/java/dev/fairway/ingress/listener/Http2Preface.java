// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The bytes that begin an HTTP/2 connection and no HTTP/1.1 request. */
final class Http2Preface {
  private static final byte[] BYTES =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private Http2Preface() {}

  /** Whether the bytes, as far as they have come, are those of the preface. */
  static boolean begins(ByteBuf in) {
    int length = Math.min(in.readableBytes(), BYTES.length);
    for (int i = 0; i < length; i++) {
      if (in.getByte(in.readerIndex() + i) != BYTES[i]) {
        return false;
      }
    }
    return length > 0;
  }

  static boolean isWhole(ByteBuf in) {
    return in.readableBytes() >= BYTES.length;
  }
}
