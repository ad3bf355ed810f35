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
 * connection.
 */
final class ResponseWriter {
  private final Channel channel;
  private final RequestHead request;
  private boolean persistent;
  private boolean chunked;

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
    channel.write(
        MessageWriter.responseHead(channel.alloc(), head.status(), head.reason(), fields));
  }

  void body(ByteBuf piece) {
    if (chunked) {
      channel.write(MessageWriter.chunkStart(channel.alloc(), piece.readableBytes()));
      channel.write(piece);
      channel.write(MessageWriter.chunkEnd());
    } else {
      channel.write(piece);
    }
  }

  /** Ends the response; true where the connection may be kept. */
  boolean end(@Nullable HttpFields trailers) {
    if (chunked) {
      channel.write(MessageWriter.lastChunk(channel.alloc(), trailers));
    }
    return persistent;
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
