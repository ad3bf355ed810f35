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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a connection of a load balancer that speaks the PROXY protocol: reads the
 * header, which must be there, and gives way to the handlers of what follows. Confined to its event
 * loop.
 */
final class ProxyProtocol extends ChannelInboundHandlerAdapter {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Consumer<ProxyHeader> accepted;
  private ByteBuf inbound = Unpooled.EMPTY_BUFFER;
  private @Nullable Deadline deadline;
  private boolean over;

  /**
   * @param accepted adds the handlers of the connection
   */
  ProxyProtocol(Consumer<ProxyHeader> accepted) {
    this.accepted = accepted;
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
      deadline.set(TIMEOUT.toNanos());
      ctx.read();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel();
    }
    inbound.release();
    inbound = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || over) {
      ReferenceCountUtil.release(message);
      return;
    }
    inbound = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), inbound, bytes);
    switch (ProxyHeader.peek(inbound)) {
      case ProxyHeader.Result.NeedMore _ -> {}
      case ProxyHeader.Result.Malformed _ -> {
        over = true;
        ctx.close();
      }
      case ProxyHeader.Result.Complete complete -> goOn(ctx, complete.header());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!over) {
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
    over = true;
    if (deadline != null) {
      deadline.cancel();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  private void goOn(ChannelHandlerContext ctx, ProxyHeader header) {
    over = true;
    ByteBuf rest = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    rest.skipBytes(header.length());
    accepted.accept(header);
    if (rest.isReadable()) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
    ctx.pipeline().remove(this);
  }
}
