// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a connection: reads what must come first, within a time, and gives way to the
 * handlers of what follows. Confined to its event loop.
 */
abstract class FirstBytes extends ChannelInboundHandlerAdapter {
  private final Duration timeout;
  private ByteBuf inbound = Unpooled.EMPTY_BUFFER;
  private @Nullable Deadline deadline;
  private boolean over;

  FirstBytes(Duration timeout) {
    this.timeout = timeout;
  }

  /** Looks at all bytes that have come; they stay until {@link #takeInbound}. */
  abstract void look(ChannelHandlerContext ctx, ByteBuf bytes);

  /** Whether the peer's next bytes are to be read. */
  boolean wantsMore() {
    return !over;
  }

  /** It is decided what becomes of the connection: further bytes are dropped. */
  final void decided() {
    over = true;
  }

  final Duration timeout() {
    return timeout;
  }

  /** Hands over the bytes that have come; the caller owns them. */
  final ByteBuf takeInbound() {
    ByteBuf bytes = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    return bytes;
  }

  /** Gives what is left to the handlers behind this one, and leaves; consumes it. */
  final void giveWay(ChannelHandlerContext ctx, ByteBuf rest) {
    if (rest.isReadable()) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
    ctx.pipeline().remove(this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive()) {
      begin(ctx);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    begin(ctx);
  }

  private void begin(ChannelHandlerContext ctx) {
    if (deadline == null) {
      deadline = new Deadline(ctx.channel().eventLoop(), () -> ctx.channel().close());
      deadline.set(timeout.toNanos());
      ctx.read();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancelDeadline();
    takeInbound().release();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || over) {
      ReferenceCountUtil.release(message);
      return;
    }
    inbound = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), inbound, bytes);
    look(ctx, inbound);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (wantsMore()) {
      ctx.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancelDeadline();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel();
    }
  }
}
