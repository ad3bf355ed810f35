// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;

/** Answers datagrams; responses of one batch are sent together. Confined to one event loop. */
final class UdpHandler extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(UdpHandler.class.getName());

  private final QueryHandler queries;
  private final DnsMetrics metrics;
  private final Client sender = new Client(Transport.UDP);
  private final byte[] received = new byte[DnsSockets.MAX_DATAGRAM];

  UdpHandler(QueryHandler queries, DnsMetrics metrics) {
    this.queries = queries;
    this.metrics = metrics;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof DatagramPacket packet)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      int length = Math.min(packet.content().readableBytes(), received.length);
      packet.content().getBytes(packet.content().readerIndex(), received, 0, length);
      answer(ctx, packet.sender(), length);
    } catch (RuntimeException e) {
      metrics.panic();
      LOG.log(System.Logger.Level.ERROR, "answering a datagram failed", e);
    } finally {
      packet.release();
    }
  }

  private void answer(ChannelHandlerContext ctx, InetSocketAddress client, int length) {
    if (client.getPort() == 0) {
      metrics.drop();
      return;
    }
    sender.set(client.getAddress());
    int size = queries.handle(received, length, sender);
    if (size > 0) {
      send(ctx, client, queries.response(), size);
    } else if (size == QueryHandler.LATER) {
      queries.resolve(
          ctx.executor(),
          (response, responseSize) -> {
            if (responseSize > 0) {
              send(ctx, client, response, responseSize);
              ctx.flush();
            }
          });
    }
  }

  private static void send(
      ChannelHandlerContext ctx, InetSocketAddress client, byte[] response, int size) {
    ByteBuf out = ctx.alloc().directBuffer(size);
    out.writeBytes(response, 0, size);
    ctx.write(new DatagramPacket(out, client), ctx.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A client that is gone, or an address that cannot be reached: nothing to be done about it.
    LOG.log(System.Logger.Level.DEBUG, () -> "UDP: " + cause);
  }
}
