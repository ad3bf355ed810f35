// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;

/**
 * One stream of DNS over QUIC (RFC 9250): one query with its length before it, the end of the
 * stream, one response likewise. Confined to its event loop.
 */
final class DoqHandler extends ChannelInboundHandlerAdapter {
  /** DOQ_PROTOCOL_ERROR. */
  static final int PROTOCOL_ERROR = 2;

  /** DOQ_EXCESSIVE_LOAD. */
  static final int EXCESSIVE_LOAD = 4;

  private static final int INTERNAL_ERROR = 1;
  private static final int MIN_MESSAGE = 12;
  private static final int MAX_STREAM = 2 + 65_535;
  private static final System.Logger LOG = System.getLogger(DoqHandler.class.getName());

  private final QueryHandler queries;
  private final DnsMetrics metrics;
  private final Client client;
  private final ConnectionWatch watch;
  private ByteBuf received = Unpooled.EMPTY_BUFFER;
  private boolean done;

  DoqHandler(QueryHandler queries, DnsMetrics metrics, Client client, ConnectionWatch watch) {
    this.queries = queries;
    this.metrics = metrics;
    this.client = client;
    this.watch = watch;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf octets)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      if (done || received.readableBytes() + octets.readableBytes() > MAX_STREAM) {
        protocolError(ctx);
        return;
      }
      if (received.capacity() == 0) {
        received = ctx.alloc().buffer(octets.readableBytes(), MAX_STREAM);
      }
      received.writeBytes(octets);
    } finally {
      octets.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent
        || event instanceof ChannelInputShutdownReadComplete) {
      endOfInput(ctx);
    }
    super.userEventTriggered(ctx, event);
  }

  private void endOfInput(ChannelHandlerContext ctx) {
    if (done) {
      return;
    }
    done = true;
    int length = received.readableBytes() - 2;
    if (length < MIN_MESSAGE
        || received.getUnsignedShort(0) != length
        || received.getUnsignedShort(2) != 0) {
      protocolError(ctx);
      return;
    }
    byte[] message = new byte[length];
    received.getBytes(2, message);
    release();
    watch.progress();
    int size = queries.handle(message, length, client);
    if (size > 0) {
      send(ctx, queries.response(), size);
    } else if (size == QueryHandler.LATER) {
      later(ctx);
    } else {
      protocolError(ctx);
    }
  }

  private void later(ChannelHandlerContext ctx) {
    QuicStreamChannel stream = (QuicStreamChannel) ctx.channel();
    QueryHandler.Reply reply =
        (response, size) -> {
          if (size > 0) {
            send(ctx, response, size);
          } else {
            stream.shutdownOutput(INTERNAL_ERROR);
          }
        };
    if (!watch.resolve(queries, ctx, reply)) {
      stream.shutdownOutput(EXCESSIVE_LOAD);
    }
  }

  private void send(ChannelHandlerContext ctx, byte[] response, int size) {
    metrics.quic();
    ByteBuf out = ctx.alloc().directBuffer(2 + size);
    out.writeShort(size).writeBytes(response, 0, size);
    // The end travels with the bytes: alone, and lost after they were acknowledged, it is never
    // sent
    // again.
    ctx.writeAndFlush(new DefaultQuicStreamFrame(out, true));
  }

  private void protocolError(ChannelHandlerContext ctx) {
    done = true;
    release();
    metrics.drop();
    QuicChannel connection = ((QuicStreamChannel) ctx.channel()).parent();
    connection.close(true, PROTOCOL_ERROR, Unpooled.EMPTY_BUFFER);
  }

  private void release() {
    received.release();
    received = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    done = true;
    release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      metrics.panic();
      LOG.log(System.Logger.Level.ERROR, "answering over QUIC failed", cause);
    }
    ctx.close();
  }
}
