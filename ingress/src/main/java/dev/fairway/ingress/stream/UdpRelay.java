// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.service.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Passes datagrams of a port to endpoints and their answers back. All datagrams of a client go to
 * one endpoint for as long as it is not silent for long. Confined to its event loop.
 */
final class UdpRelay extends ChannelInboundHandlerAdapter {
  private final StreamBalancer balancer;
  private final Transport transport;
  private final StreamLimits limits;
  private final StreamPort port;
  private final Map<InetSocketAddress, Flow> flows = new HashMap<>();
  private @Nullable ChannelHandlerContext listener;
  private @Nullable Future<?> sweeper;

  UdpRelay(StreamBalancer balancer, Transport transport, StreamLimits limits, StreamPort port) {
    this.balancer = balancer;
    this.transport = transport;
    this.limits = limits;
    this.port = port;
  }

  /** A client with its socket towards an endpoint. */
  private static final class Flow {
    private static final int MAX_WAITING = 16;

    final Channel channel;
    private final ChannelFuture connected;
    private int waiting;
    long lastNanos;

    Flow(ChannelFuture connected, long now) {
      this.connected = connected;
      channel = connected.channel();
      lastNanos = now;
    }

    /** Sends a datagram, once the socket is connected; consumes it. */
    void send(ByteBuf content) {
      if (connected.isDone()) {
        write(content);
      } else if (waiting < MAX_WAITING) {
        waiting++;
        connected.addListener(_ -> write(content));
      } else {
        content.release();
      }
    }

    private void write(ByteBuf content) {
      channel.writeAndFlush(content).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    listener = ctx;
    long nanos = limits.udpIdle().toNanos() / 2;
    sweeper =
        ctx.channel()
            .eventLoop()
            .scheduleWithFixedDelay(this::sweep, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof DatagramPacket packet)) {
      ReferenceCountUtil.release(message);
      return;
    }
    Flow flow = flows.get(packet.sender());
    if (flow == null || !flow.channel.isOpen()) {
      flow = open(ctx, packet.sender());
    }
    if (flow == null) {
      packet.release();
      return;
    }
    flow.lastNanos = ctx.channel().eventLoop().ticker().nanoTime();
    flow.send(packet.content());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (sweeper != null) {
      sweeper.cancel(false);
    }
    flows.values().forEach(flow -> flow.channel.close());
    flows.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A datagram that could not be delivered is lost, as datagrams may be.
  }

  private @Nullable Flow open(ChannelHandlerContext ctx, InetSocketAddress sender) {
    List<BackendRef> backends = port.backends();
    BackendRef chosen = balancer.choose(backends);
    InetSocketAddress address = chosen == null ? null : balancer.endpoint(chosen, Protocol.UDP);
    if (address == null || flows.size() >= limits.udpFlows()) {
      return null;
    }
    ChannelFuture connected =
        new Bootstrap()
            .group(ctx.channel().eventLoop())
            .channel(transport.datagramChannel())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel created) {
                    created.pipeline().addLast(new Answers(sender));
                  }
                })
            .connect(address);
    Flow flow = new Flow(connected, ctx.channel().eventLoop().ticker().nanoTime());
    flows.put(sender, flow);
    return flow;
  }

  private void sweep() {
    ChannelHandlerContext ctx = listener;
    if (ctx == null) {
      return;
    }
    long now = ctx.channel().eventLoop().ticker().nanoTime();
    for (Iterator<Flow> all = flows.values().iterator(); all.hasNext(); ) {
      Flow flow = all.next();
      if (now - flow.lastNanos > limits.udpIdle().toNanos() || !flow.channel.isOpen()) {
        all.remove();
        flow.channel.close();
      }
    }
  }

  /** What the endpoint sends goes to the client. */
  private final class Answers extends ChannelInboundHandlerAdapter {
    private final InetSocketAddress sender;

    Answers(InetSocketAddress sender) {
      this.sender = sender;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ChannelHandlerContext to = listener;
      ByteBuf content = message instanceof DatagramPacket packet ? packet.content() : null;
      if (to == null || content == null) {
        ReferenceCountUtil.release(message);
        return;
      }
      Flow flow = flows.get(sender);
      if (flow != null) {
        flow.lastNanos = ctx.channel().eventLoop().ticker().nanoTime();
      }
      to.writeAndFlush(new DatagramPacket(content, sender));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // nobody listens there: the next datagram tries another endpoint
    }
  }
}
