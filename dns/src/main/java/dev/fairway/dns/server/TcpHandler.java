// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection (RFC 7766): queries may follow each other without waiting, and a response that
 * needs an upstream does not hold up the next. Confined to its event loop.
 */
final class TcpHandler extends ByteToMessageDecoder {
  private static final int MIN_MESSAGE = 12;
  private static final System.Logger LOG = System.getLogger(TcpHandler.class.getName());

  private final QueryHandler queries;
  private final DnsMetrics metrics;
  private final TcpOptions options;
  private final Client client;
  private final byte[] received;
  private int pending;
  private boolean inputClosed;
  private boolean active;
  private @Nullable Future<?> idleCheck;

  /**
   * A connection.
   *
   * @param client who is at the other end
   * @param received buffer for one message, shared by all connections of the event loop
   */
  TcpHandler(
      QueryHandler queries,
      DnsMetrics metrics,
      TcpOptions options,
      Client client,
      byte[] received) {
    this.queries = queries;
    this.metrics = metrics;
    this.options = options;
    this.client = client;
    this.received = received;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    long period = options.idleTimeout().toNanos();
    idleCheck =
        ctx.executor()
            .scheduleAtFixedRate(() -> closeIfIdle(ctx), period, period, TimeUnit.NANOSECONDS);
    ctx.fireChannelActive();
  }

  /** Closes a connection on which no query came for a whole period, however many bytes did. */
  private void closeIfIdle(ChannelHandlerContext ctx) {
    if (!active && pending == 0) {
      ctx.close();
    }
    active = false;
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    if (idleCheck != null) {
      idleCheck.cancel(false);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < 2) {
      return;
    }
    int length = in.getUnsignedShort(in.readerIndex());
    if (length < MIN_MESSAGE) {
      metrics.drop();
      in.skipBytes(in.readableBytes());
      ctx.close();
      return;
    }
    if (in.readableBytes() < 2 + length) {
      return;
    }
    if (pending >= options.maxPipeline() || !ctx.channel().isWritable()) {
      // The rest stays in the buffer until a response has gone out.
      ctx.channel().config().setAutoRead(false);
      return;
    }
    in.skipBytes(2);
    in.readBytes(received, 0, length);
    active = true;
    answer(ctx, length);
  }

  private void answer(ChannelHandlerContext ctx, int length) {
    int size = queries.handle(received, length, client);
    if (size > 0) {
      send(ctx, queries.response(), size);
    } else if (size == QueryHandler.LATER) {
      pending++;
      queries.resolve(ctx.executor(), (response, n) -> later(ctx, response, n));
    }
  }

  private void later(ChannelHandlerContext ctx, byte[] response, int size) {
    pending--;
    if (!ctx.channel().isActive()) {
      return;
    }
    if (size > 0) {
      send(ctx, response, size);
    }
    ctx.flush();
    if (inputClosed && pending == 0) {
      closeAfterWrites(ctx);
    } else {
      resume(ctx);
    }
  }

  private void resume(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive()
        && !ctx.channel().config().isAutoRead()
        && ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(true);
      try {
        // What is buffered already causes no read event.
        channelRead(ctx, ctx.alloc().buffer(0, 0));
        ctx.flush();
      } catch (Exception e) {
        exceptionCaught(ctx, e);
      }
    }
  }

  private static void send(ChannelHandlerContext ctx, byte[] response, int size) {
    ByteBuf out = ctx.alloc().directBuffer(2 + size);
    out.writeShort(size);
    out.writeBytes(response, 0, size);
    ctx.write(out, ctx.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    ctx.flush();
    super.channelReadComplete(ctx);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      // Later: this call comes from within a flush, and answering would nest another in it.
      ctx.executor().execute(() -> resume(ctx));
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    super.userEventTriggered(ctx, event);
    if (event instanceof ChannelInputShutdownEvent) {
      // The client has asked all it wants to, and still waits for the answers.
      inputClosed = true;
      if (pending == 0) {
        closeAfterWrites(ctx);
      }
    }
  }

  private static void closeAfterWrites(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(ctx.alloc().buffer(0, 0)).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // TLS wraps what is wrong with the peer's side.
    if (!(cause instanceof IOException || cause.getCause() instanceof IOException)) {
      metrics.panic();
      LOG.log(System.Logger.Level.ERROR, "answering over TCP failed", cause);
    }
    ctx.close();
  }
}
