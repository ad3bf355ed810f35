// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes heads and chunks of HTTP/1.1 messages. */
public final class MessageWriter {
  private static final ByteBuf CRLF = constant("\r\n");
  private static final ByteBuf LAST_CHUNK = constant("0\r\n\r\n");

  private MessageWriter() {}

  public static ByteBuf requestHead(
      ByteBufAllocator allocator, String method, String target, HttpFields fields) {
    ByteBuf out =
        allocator.buffer(method.length() + target.length() + 16 + fields.wireLength() + 2);
    ByteBufUtil.writeAscii(out, method);
    out.writeByte(' ');
    ByteBufUtil.writeAscii(out, target);
    ByteBufUtil.writeAscii(out, " HTTP/1.1\r\n");
    fields.writeTo(out);
    out.writeShort(('\r' << 8) | '\n');
    return out;
  }

  public static ByteBuf responseHead(
      ByteBufAllocator allocator, int status, String reason, HttpFields fields) {
    return responseHead(allocator, status, reason, fields, 0);
  }

  /**
   * A response head with room behind it.
   *
   * @param room bytes
   */
  public static ByteBuf responseHead(
      ByteBufAllocator allocator, int status, String reason, HttpFields fields, int room) {
    ByteBuf out = allocator.buffer(16 + reason.length() + fields.wireLength() + 2 + room);
    ByteBufUtil.writeAscii(out, "HTTP/1.1 ");
    out.writeByte('0' + status / 100);
    out.writeByte('0' + status / 10 % 10);
    out.writeByte('0' + status % 10);
    out.writeByte(' ');
    out.writeCharSequence(reason, StandardCharsets.ISO_8859_1);
    out.writeShort(('\r' << 8) | '\n');
    fields.writeTo(out);
    out.writeShort(('\r' << 8) | '\n');
    return out;
  }

  /** What goes before the data of a chunk; {@link #chunkEnd} goes behind. */
  public static ByteBuf chunkStart(ByteBufAllocator allocator, int size) {
    ByteBuf out = allocator.buffer(10);
    ByteBufUtil.writeAscii(out, Integer.toHexString(size));
    out.writeShort(('\r' << 8) | '\n');
    return out;
  }

  public static ByteBuf chunkEnd() {
    return CRLF.duplicate();
  }

  /** The end of a chunked body. */
  public static ByteBuf lastChunk(ByteBufAllocator allocator, @Nullable HttpFields trailers) {
    if (trailers == null || trailers.size() == 0) {
      return LAST_CHUNK.duplicate();
    }
    ByteBuf out = allocator.buffer(trailers.wireLength() + 5);
    ByteBufUtil.writeAscii(out, "0\r\n");
    trailers.writeTo(out);
    out.writeShort(('\r' << 8) | '\n');
    return out;
  }

  private static ByteBuf constant(String text) {
    return Unpooled.unreleasableBuffer(
        Unpooled.directBuffer(text.length())
            .writeBytes(text.getBytes(StandardCharsets.US_ASCII))
            .asReadOnly());
  }
}
