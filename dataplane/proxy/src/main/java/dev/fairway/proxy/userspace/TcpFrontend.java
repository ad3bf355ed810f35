// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.PortState;
import dev.fairway.service.FrontendKind;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A TCP address of a service port; its connections are spread over all event loops. */
final class TcpFrontend extends FrontendSlot {
  /** Clients that wait to be accepted; the kernel takes net.core.somaxconn if that is less. */
  static final int BACKLOG = 4096;

  TcpFrontend(ProxyContext context, Frontend frontend, FrontendKind kind, PortState port) {
    super(context, frontend, kind, port);
  }

  @Override
  void bind(InetSocketAddress address, boolean deaf) {
    if (context.steering() != null) {
      onBound(Steering.LISTENING);
    } else if (context.transport() == Transport.EPOLL) {
      try {
        onBound(EpollListening.open(this, address, deaf));
      } catch (IOException | ChannelException e) {
        // The second is Netty's word for no descriptors left.
        onBindFailure(e);
      }
    } else {
      bindChannel(address);
    }
  }

  private void bindChannel(InetSocketAddress address) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop, context.group())
            .channelFactory(() -> (ServerSocketChannel) context.transport().newServer())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpRelay.WATER_MARK)
            .childHandler(new ChannelAcceptor());
    ChannelFuture bound = bootstrap.bind(address);
    bound.addListener(done -> {
      if (done.isSuccess()) {
        onBound(new ChannelListening(bound.channel()));
      } else {
        onBindFailure(done.cause());
      }
    });
  }

  @Override
  void onRoutes() {}

  @Override
  void onClosed() {}

  /** Makes each accepted channel a flow. */
  @Sharable
  private final class ChannelAcceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      NettyFlow flow = new NettyFlow(TcpFrontend.this, ctx.channel());
      ctx.pipeline().replace(this, null, flow.downstream());
      flow.open();
    }
  }

  /** A channel of a transport that can neither be deaf nor share its address. */
  private record ChannelListening(Channel channel) implements Listening {
    @Override
    public void setDeaf(boolean deaf) {}

    @Override
    public void takeOver() {}

    @Override
    public void close() {
      channel.close();
    }
  }
}
