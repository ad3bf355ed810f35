// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;

/**
 * Ends a stream of QUIC together with its last bytes. An end that travels alone is lost for good
 * when its packet is lost after all bytes were acknowledged: the QUIC library sends lost bytes
 * again, and such an end has none. The client would wait until its connection is idle for too long.
 * Also, it would cost a packet of its own. First in the pipeline of a stream, confined to its event
 * loop.
 */
final class StreamEnd extends ChannelOutboundHandlerAdapter {
  private boolean next;

  /** The frame that is written next is the last one. */
  void withNextFrame() {
    next = true;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (next && message instanceof ByteBuf bytes) {
      next = false;
      ctx.write(new DefaultQuicStreamFrame(bytes, true), promise);
    } else {
      ctx.write(message, promise);
    }
  }
}
