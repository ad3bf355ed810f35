// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;

/**
 * A client's connection after the last byte for it was written. Closing it with unread input would
 * reset it and lose what is still on its way, so that what comes is read and dropped until the
 * client closes its side, within limits of bytes and time. Confined to its event loop.
 */
final class LingeringConnection extends ChannelInboundHandlerAdapter {
  /** What a client may still send. */
  private static final int MAX_BYTES = 1 << 20;

  /** How long a client that has everything may take to close. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final DuplexChannel channel;
  private final Duration untilTaken;
  private final Deadline deadline;
  private int dropped;

  /** An end after which the client has {@code untilTaken} for what was written. */
  LingeringConnection(DuplexChannel channel, Duration untilTaken) {
    this.channel = channel;
    this.untilTaken = untilTaken;
    deadline = new Deadline(channel.eventLoop(), channel::close);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    deadline.set(untilTaken.toNanos());
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> halfClose());
    channel.read();
  }

  private void halfClose() {
    channel.shutdownOutput();
    if (channel.isActive()) {
      deadline.set(PATIENCE.toNanos());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    dropped += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    ReferenceCountUtil.release(message);
    if (dropped > MAX_BYTES) {
      channel.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    channel.read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline.cancel();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.close();
  }
}
