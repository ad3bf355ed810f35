// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

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
  private final ConnectionWatch watch;
  private final Client client;
  private final byte[] received;
  private final ArrayDeque<Transfer> transfers = new ArrayDeque<>(1);
  private int asked;
  private boolean inputClosed;

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
      ConnectionWatch watch,
      Client client,
      byte[] received) {
    this.queries = queries;
    this.metrics = metrics;
    this.options = options;
    this.watch = watch;
    this.client = client;
    this.received = received;
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    transfers.forEach(Transfer::end);
    transfers.clear();
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (isExhausted()) {
      in.skipBytes(in.readableBytes());
      return;
    }
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
    if (watch.isFull() || transfers.size() > 1 || !ctx.channel().isWritable()) {
      // The rest stays in the buffer until a response has gone out.
      ctx.channel().config().setAutoRead(false);
      return;
    }
    in.skipBytes(2);
    in.readBytes(received, 0, length);
    watch.progress();
    asked++;
    answer(ctx, length);
    if (isExhausted()) {
      inputClosed = true;
      closeIfDone(ctx);
    }
  }

  /** Whether this connection has had all the queries it may have. */
  private boolean isExhausted() {
    return options.maxQueries() > 0 && asked >= options.maxQueries();
  }

  private void answer(ChannelHandlerContext ctx, int length) {
    int size = queries.handle(received, length, client);
    if (size > 0) {
      send(ctx, queries.response(), size);
    } else if (size == QueryHandler.TRANSFER) {
      transfers.add(queries.takeTransfer());
      transfer(ctx);
    } else if (size == QueryHandler.LATER) {
      watch.resolve(queries, ctx, (response, n) -> later(ctx, response, n));
    }
  }

  /** Sends of the zone as much as the client takes. */
  private void transfer(ChannelHandlerContext ctx) {
    Transfer first = transfers.peek();
    while (first != null && ctx.channel().isWritable()) {
      int size = queries.next(first);
      if (size > 0) {
        watch.progress();
        send(ctx, queries.response(), size);
        ctx.flush();
      } else {
        first.end();
        transfers.poll();
        first = transfers.peek();
      }
    }
  }

  private void later(ChannelHandlerContext ctx, byte[] response, int size) {
    if (size > 0) {
      send(ctx, response, size);
    }
    ctx.flush();
    if (!closeIfDone(ctx)) {
      resume(ctx);
    }
  }

  /** Closes when the client asks no more and has got everything. */
  private boolean closeIfDone(ChannelHandlerContext ctx) {
    if (!inputClosed || watch.isBusy() || !transfers.isEmpty()) {
      return false;
    }
    ctx.writeAndFlush(ctx.alloc().buffer(0, 0)).addListener(ChannelFutureListener.CLOSE);
    return true;
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
      ctx.executor().execute(() -> writable(ctx));
    }
    ctx.fireChannelWritabilityChanged();
  }

  private void writable(ChannelHandlerContext ctx) {
    transfer(ctx);
    if (!closeIfDone(ctx)) {
      resume(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    super.userEventTriggered(ctx, event);
    if (event instanceof ChannelInputShutdownEvent) {
      // The client has asked all it wants to, and still waits for the answers.
      inputClosed = true;
      closeIfDone(ctx);
    }
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
