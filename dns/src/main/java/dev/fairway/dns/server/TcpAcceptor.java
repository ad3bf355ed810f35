// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Takes connections as long as there are not too many. Thread-safe. */
final class TcpAcceptor {
  /** Makes the pipeline of a connection. */
  interface Starter {
    /** Called on the event loop of the connection. */
    void start(SocketChannel channel, InetAddress client);
  }

  private final EventLoopGroup loops;
  private final boolean epoll;
  private final ConnectionLimit limit;
  private final DnsMetrics metrics;
  private final boolean shared;

  TcpAcceptor(
      EventLoopGroup loops,
      boolean epoll,
      ConnectionLimit limit,
      DnsMetrics metrics,
      boolean shared) {
    this.shared = shared && epoll;
    this.loops = loops;
    this.epoll = epoll;
    this.limit = limit;
    this.metrics = metrics;
  }

  /** A bootstrap whose connections are given to {@code starter}. */
  ServerBootstrap bootstrap(Starter starter) {
    ServerBootstrap bootstrap = new ServerBootstrap();
    if (shared) {
      bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
      bootstrap.handler(new TakeOver());
    }
    return bootstrap
        .group(loops)
        .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(128 << 10, 256 << 10))
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                accept(channel, starter);
              }
            });
  }

  private void accept(SocketChannel channel, Starter starter) {
    InetSocketAddress remote = channel.remoteAddress();
    if (remote == null || !limit.acquire(remote.getAddress())) {
      metrics.tcpReject();
      channel.close();
      return;
    }
    InetAddress client = remote.getAddress();
    channel.closeFuture().addListener(future -> limit.release(client));
    starter.start(channel, client);
  }
}
