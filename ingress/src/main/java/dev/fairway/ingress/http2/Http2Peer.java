// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the connection of a client and the connection to an endpoint have in common: writes are
 * flushed once a round, windows open for what was taken. Confined to its event loop.
 */
public abstract class Http2Peer extends Http2ConnectionHandler {
  private static final int USUAL_WINDOW = Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  private final Channel channel;
  private @Nullable ChannelHandlerContext context;
  private boolean reading;
  private boolean flushScheduled;

  protected Http2Peer(
      Channel channel,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings initial) {
    super(decoder, encoder, initial);
    this.channel = channel;
  }

  /** The connection below. */
  public final Channel channel() {
    return channel;
  }

  /** Whether what was read in one go is still being handled. */
  protected final boolean isReading() {
    return reading;
  }

  protected final ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return ctx;
  }

  protected final ChannelPromise promise() {
    return context().newPromise();
  }

  /** Lets the other side send so many bytes on all streams together. */
  protected final void openWindow(int bytes) throws Http2Exception {
    Http2Stream whole = connection().connectionStream();
    connection().local().flowController().incrementWindowSize(whole, bytes - USUAL_WINDOW);
  }

  /** Whether a stream takes bytes now. */
  public final boolean isWritable(Http2Stream stream) {
    return encoder().flowController().isWritable(stream);
  }

  /** Bytes of a stream were taken: the other side may send as many more. */
  public final void consumed(Http2Stream stream, int bytes) {
    try {
      if (connection().local().flowController().consumeBytes(stream, bytes)) {
        flushSoon();
      }
    } catch (Http2Exception impossible) {
      onError(context(), true, impossible);
    }
  }

  /** Flushes at the end of this round, where reading does not do that anyway. */
  public final void flushSoon() {
    if (!reading && !flushScheduled) {
      flushScheduled = true;
      channel.eventLoop().execute(this::flushNow);
    }
  }

  private void flushNow() {
    flushScheduled = false;
    if (channel.isActive()) {
      flush(context());
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    super.handlerAdded(ctx);
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    reading = true;
    super.channelRead(ctx, message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    reading = false;
    super.channelReadComplete(ctx);
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
      ctx.close(); // the other side is gone
    } else {
      super.exceptionCaught(ctx, cause);
    }
  }
}
