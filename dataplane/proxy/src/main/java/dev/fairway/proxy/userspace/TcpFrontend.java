// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.PortState;
import dev.fairway.service.FrontendKind;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import java.net.InetSocketAddress;

/** A TCP address of a service port; connections it accepts are spread over all event loops. */
final class TcpFrontend extends FrontendSlot {
  private static final int BACKLOG = 1024;

  TcpFrontend(ProxyContext context, Frontend frontend, FrontendKind kind, PortState port) {
    super(context, frontend, kind, port);
  }

  @Override
  ChannelFuture bind(InetSocketAddress address, boolean deaf) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop, context.group())
            .channelFactory(() -> (ServerSocketChannel) context.transport().newServer())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .handler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void handlerAdded(ChannelHandlerContext ctx) {
                    if (context.isShared()) {
                      context.transport().share(ctx.channel().config());
                    }
                    setDeaf(ctx.channel(), deaf);
                  }
                })
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpRelay.WATER_MARK)
            .childHandler(new Acceptor());
    return bootstrap.bind(address);
  }

  @Override
  void setDeaf(Channel open, boolean deaf) {
    context.transport().setDeaf(open.config(), frontend.address().isV4(), deaf);
  }

  @Override
  void onRoutes() {}

  @Override
  void onClosed() {}

  /** Makes each accepted channel a flow. */
  @Sharable
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      TcpFlow flow = new TcpFlow(TcpFrontend.this, ctx.channel());
      ctx.pipeline().replace(this, null, flow.downstream());
      flow.start();
    }
  }
}
