// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http2.FieldSection;
import dev.fairway.ingress.http2.FieldWriter;
import dev.fairway.ingress.observe.Why;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** A stream of HTTP/3, below its {@link StreamDownstream}. Confined to its event loop. */
final class Http3Stream extends Http3RequestStreamInboundHandler implements ClientStream {
  private static final SecureRandom NONCES = new SecureRandom();

  private final Http3Session session;
  private final QuicStreamChannel channel;
  private final StreamEnd last = new StreamEnd();
  private @Nullable FieldSection head;
  private @Nullable StreamDownstream downstream;
  private boolean inputEnded;
  private boolean told;
  private boolean flushScheduled;
  private long unconsumed;
  private long openedNanos;

  Http3Stream(Http3Session session, QuicStreamChannel channel) {
    this.session = session;
    this.channel = channel;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.pipeline().addFirst(last);
    openedNanos = now();
    if (!session.opened(this, channel.streamId())) {
      inputEnded = true;
      told = true;
      channel.shutdown(Http3ErrorCode.H3_REQUEST_REJECTED.code(), channel.newPromise());
    }
  }

  @Override
  protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
    FieldSection section = new FieldSection();
    frame.headers().forEach(field -> section.take(field.getKey(), field.getValue()));
    if (head == null && downstream == null) {
      if (inputEnded) {
        return; // refused, or answered before it was complete
      }
      // Whether a body follows shows in what comes next.
      head = section;
      channel.eventLoop().execute(() -> begin(false));
    } else {
      begin(false);
      StreamDownstream current = downstream;
      if (current != null) {
        current.trailers(section, true);
      }
    }
  }

  @Override
  protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
    begin(false);
    StreamDownstream current = downstream;
    int size = frame.content().readableBytes();
    if (current != null) {
      unconsumed += size;
      consumed(current.requestData(frame.content(), false));
    }
    frame.release();
  }

  @Override
  protected void channelInputClosed(ChannelHandlerContext ctx) {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    begin(true);
    StreamDownstream current = downstream;
    if (current == null) {
      refused(400); // a stream without a request
      reset(Reset.MALFORMED);
    } else {
      current.requestEnded();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    StreamDownstream current = downstream;
    if (current != null) {
      current.writabilityChanged();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    session.closed(this);
    StreamDownstream current = downstream;
    downstream = null;
    head = null;
    if (current != null) {
      current.closed();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    session.gateway().counters().malformed.increment();
    Http3ErrorCode code =
        cause instanceof Http3Exception known
            ? known.errorCode()
            : Http3ErrorCode.H3_MESSAGE_ERROR; // what the codec could not make fields of
    int status = code == Http3ErrorCode.H3_EXCESSIVE_LOAD ? 431 : 400;
    StreamDownstream current = downstream;
    if (current == null) {
      refused(status);
    } else {
      current.failed(status, Why.MALFORMED);
    }
    channel.shutdown(code.code(), channel.newPromise());
  }

  @Override
  protected void handleQuicException(ChannelHandlerContext ctx, QuicException exception) {
    channel.close();
  }

  @Override
  protected void handleHttp3Exception(ChannelHandlerContext ctx, Http3Exception exception) {
    exceptionCaught(ctx, exception);
  }

  /** Tells of what is no request, unless it, or the request, is told of already. */
  private void refused(int status) {
    if (!told) {
      told = true;
      session.dispatcher().refused(status);
    }
  }

  /** Dispatches the request unless that was done. */
  private void begin(boolean ended) {
    FieldSection section = head;
    if (section == null) {
      return;
    }
    head = null;
    told = true;
    session.gateway().counters().requests.increment();
    FieldSection.Request request =
        section.request(ended, session.gateway().limits().messages(), NONCES);
    StreamDownstream created = new StreamDownstream(this, request, ended);
    downstream = created;
    created.begin(request, session.dispatcher());
  }

  void sweep(long nowNanos) {
    StreamDownstream current = downstream;
    if (current != null) {
      current.sweep(nowNanos);
    } else if (head == null
        && !told
        && nowNanos - openedNanos > gateway().limits().headerTimeout().toNanos()) {
      refused(408);
      inputEnded = true;
      writeHead(408, gateway().responseFields().own(0), true);
      flushSoon();
      reset(Reset.ANSWERED);
    }
  }

  @Override
  public GatewayContext gateway() {
    return session.gateway();
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public long now() {
    return channel.eventLoop().ticker().nanoTime();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void writeHead(int status, HttpFields fields, boolean end) {
    write(
        new DefaultHttp3HeadersFrame(
            FieldWriter.response(status, fields, new DefaultHttp3Headers(false, 16))),
        end);
  }

  @Override
  public ChannelFuture writeData(ByteBuf data, boolean end) {
    // The codec sends a buffer from its first byte on, even where that was read already.
    ByteBuf unread = data.readerIndex() == 0 ? data : data.slice();
    return write(new DefaultHttp3DataFrame(unread), end);
  }

  @Override
  public void writeTrailers(HttpFields trailers) {
    write(
        new DefaultHttp3HeadersFrame(
            FieldWriter.fields(trailers, new DefaultHttp3Headers(false, 8))),
        true);
  }

  private ChannelFuture write(Http3RequestStreamFrame frame, boolean end) {
    if (end) {
      last.withNextFrame();
    }
    return channel.write(frame);
  }

  @Override
  public void reset(Reset why) {
    switch (why) {
      case ANSWERED -> channel.shutdownInput(Http3ErrorCode.H3_NO_ERROR.code());
      case MALFORMED -> shutdown(Http3ErrorCode.H3_MESSAGE_ERROR);
      case BROKEN -> shutdown(Http3ErrorCode.H3_INTERNAL_ERROR);
      case TOO_SLOW -> shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED);
    }
  }

  private void shutdown(Http3ErrorCode code) {
    downstream = null;
    channel.shutdown(code.code(), channel.newPromise());
  }

  /** What was read and not taken keeps the stream from being read on. */
  @Override
  public void consumed(int bytes) {
    unconsumed -= bytes;
    boolean read = unconsumed <= 0;
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  @Override
  public void flushSoon() {
    if (!flushScheduled) {
      flushScheduled = true;
      channel
          .eventLoop()
          .execute(() -> {
            flushScheduled = false;
            channel.flush();
          });
    }
  }

  @Override
  public void flushRequestSoon(StreamDownstream of) {
    of.flushRequest();
  }
}
