// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection: what is read here is written to the other side. Reading stops while the
 * other side cannot take more, so a flow holds at most a few buffers. Confined to the event loop
 * that both sides share.
 */
final class TcpRelay extends ChannelInboundHandlerAdapter {
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 128 * 1024);

  private final NettyFlow flow;
  private final LongAdder bytes;
  private @Nullable TcpRelay other;
  private @Nullable Channel channel;
  private long passed;
  private boolean started;
  private boolean inputClosed;
  private boolean closing;

  /** Bytes that came before the other side was connected; the kernel hands out some at a FIN. */
  private @Nullable ArrayDeque<ByteBuf> early;

  TcpRelay(NettyFlow flow, LongAdder bytes) {
    this.flow = flow;
    this.bytes = bytes;
  }

  void joinTo(TcpRelay otherSide) {
    other = otherSide;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
  }

  /** Both sides are connected: let bytes flow. */
  void start() {
    Channel self = channel;
    Channel peer = peer();
    if (self == null || peer == null) {
      return;
    }
    started = true;
    if (early != null) {
      for (ByteBuf buffer = early.poll(); buffer != null; buffer = early.poll()) {
        pass(peer, buffer);
      }
      early = null;
      peer.flush();
    }
    if (inputClosed) {
      shutPeerOutput(peer);
    }
    self.config().setAutoRead(peer.isWritable());
  }

  /** Bytes that were read here and given to the other side. */
  long passed() {
    return passed;
  }

  private @Nullable Channel peer() {
    return other == null ? null : other.channel;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    Channel peer = peer();
    if (!started) {
      if (early == null) {
        early = new ArrayDeque<>(2);
      }
      early.add(buffer);
    } else if (peer == null || !peer.isActive()) {
      buffer.release();
    } else {
      pass(peer, buffer);
      if (!peer.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    }
  }

  private void pass(Channel peer, ByteBuf buffer) {
    bytes.add(buffer.readableBytes());
    passed += buffer.readableBytes();
    peer.write(buffer, peer.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Channel peer = peer();
    if (started && peer != null) {
      peer.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    TcpRelay source = other;
    if (source != null && source.started && source.channel != null && !source.inputClosed) {
      source.channel.config().setAutoRead(ctx.channel().isWritable());
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && !inputClosed) {
      inputClosed = true;
      flow.onHalfClosed();
      Channel peer = peer();
      if (started && peer != null) {
        shutPeerOutput(peer);
      }
    }
  }

  /** Passes on that no more bytes come, after those that are under way. */
  private void shutPeerOutput(Channel peer) {
    peer.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            (ChannelFutureListener)
                done -> {
                  if (other != null && other.inputClosed) {
                    peer.close();
                    close();
                  } else if (done.isSuccess()) {
                    ((DuplexChannel) peer).shutdownOutput();
                  }
                });
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    releaseEarly();
    TcpRelay otherSide = other;
    if (otherSide != null) {
      otherSide.closeOnFlush();
    }
  }

  /** A reset or another failure of this side: the other side is reset too. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    TcpRelay otherSide = other;
    if (otherSide != null) {
      otherSide.reset();
    }
    reset();
  }

  private void closeOnFlush() {
    Channel self = channel;
    if (self != null && !closing) {
      closing = true;
      ChannelFuture flushed = self.writeAndFlush(Unpooled.EMPTY_BUFFER);
      flushed.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Closes with a RST. */
  void reset() {
    Channel self = channel;
    if (self != null && self.isOpen()) {
      closing = true;
      self.config().setOption(ChannelOption.SO_LINGER, 0);
      self.close();
    }
  }

  void close() {
    Channel self = channel;
    if (self != null) {
      closing = true;
      self.close();
    }
  }

  private void releaseEarly() {
    if (early != null) {
      early.forEach(ReferenceCountUtil::release);
      early = null;
    }
  }

  @Override
  public String toString() {
    return "relay of " + flow;
  }
}
