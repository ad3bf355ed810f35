// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.MessageWriter;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Writes one response to an HTTP/1 client: picks its framing and says what becomes of the
 * connection. What is small goes into the buffer of the head, so that the kernel gets one piece.
 */
final class ResponseWriter {
  /** Bodies of up to this many bytes are copied behind the head. */
  private static final int SMALL_BODY = 4096;

  private final Channel channel;
  private final RequestHead request;
  private boolean persistent;
  private boolean chunked;

  /** The head, as long as nothing was written of it. */
  private @Nullable ByteBuf pending;

  /**
   * @param persistent whether the connection may be kept, as far as the client is concerned
   */
  ResponseWriter(Channel channel, RequestHead request, boolean persistent) {
    this.channel = channel;
    this.request = request;
    this.persistent = persistent;
  }

  void head(ResponseHead head) {
    HttpFields fields = head.fields();
    boolean lengthKnown = head.framing() == Framing.LENGTH || head.framing() == Framing.NONE;
    if (!lengthKnown && request.minorVersion() == 1) {
      chunked = true;
      fields.add(Field.TRANSFER_ENCODING, "chunked");
    } else if (!lengthKnown) {
      persistent = false;
    }
    addConnection(fields, persistent, request);
    int room =
        head.framing() == Framing.LENGTH && head.contentLength() <= SMALL_BODY
            ? (int) head.contentLength()
            : 0;
    pending =
        MessageWriter.responseHead(channel.alloc(), head.status(), head.reason(), fields, room);
  }

  void body(ByteBuf piece) {
    ByteBuf head = pending;
    if (head != null && !chunked && piece.readableBytes() <= head.writableBytes()) {
      head.writeBytes(piece);
      piece.release();
      return;
    }
    flushHead();
    if (chunked) {
      channel.write(MessageWriter.chunkStart(channel.alloc(), piece.readableBytes()));
      channel.write(piece);
      channel.write(MessageWriter.chunkEnd());
    } else {
      channel.write(piece);
    }
  }

  /** Hands over what waits for more; a flush of the channel has to follow. */
  void flushHead() {
    ByteBuf head = pending;
    if (head != null) {
      pending = null;
      channel.write(head);
    }
  }

  /** Ends the response; true where the connection may be kept. */
  boolean end(@Nullable HttpFields trailers) {
    flushHead();
    if (chunked) {
      channel.write(MessageWriter.lastChunk(channel.alloc(), trailers));
    }
    return persistent;
  }

  /** Drops what was not handed over. */
  void discard() {
    ByteBuf head = pending;
    if (head != null) {
      pending = null;
      head.release();
    }
  }

  /** Writes a whole response of the gateway's own. */
  static void own(
      Channel channel,
      int status,
      HttpFields fields,
      String body,
      boolean persistent,
      @Nullable RequestHead request) {
    addConnection(fields, persistent, request);
    String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
    ByteBuf out = MessageWriter.responseHead(channel.alloc(), status, reason, fields);
    ByteBufUtil.writeAscii(out, body);
    channel.write(out);
  }

  private static void addConnection(
      HttpFields fields, boolean persistent, @Nullable RequestHead request) {
    if (!persistent) {
      fields.add(Field.CONNECTION, "close");
    } else if (request != null && request.minorVersion() == 0) {
      fields.add(Field.CONNECTION, "keep-alive");
    }
  }
}
