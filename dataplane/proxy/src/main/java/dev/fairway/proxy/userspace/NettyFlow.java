// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A TCP connection whose bytes move through Netty channels, where there is no epoll. */
final class NettyFlow extends TcpFlow {
  private final Channel client;
  private final TcpRelay downstream;
  private final TcpRelay upstream;
  private boolean watched;

  NettyFlow(TcpFrontend frontend, Channel client) {
    this(frontend, client, (InetSocketAddress) client.remoteAddress());
  }

  private NettyFlow(TcpFrontend frontend, Channel client, InetSocketAddress remote) {
    super(frontend, Addresses.ipAddress(remote), remote.getPort());
    this.client = client;
    downstream = new TcpRelay(this, context.metrics().bytesUpstream);
    upstream = new TcpRelay(this, context.metrics().bytesDownstream);
    downstream.joinTo(upstream);
    upstream.joinTo(downstream);
  }

  /** The handler of the client's channel. */
  TcpRelay downstream() {
    return downstream;
  }

  void open() {
    if (start()) {
      client.closeFuture().addListener(_ -> onClosed());
      dial();
    }
  }

  @Override
  void connect(IpAddress address, int port, boolean mayRetry) {
    Channel channel;
    try {
      channel = context.transport().newSocket();
    } catch (ChannelException e) {
      onExhaustion();
      return;
    }
    ChannelConfig config = channel.config();
    config.setAutoRead(false);
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    config.setWriteBufferWaterMark(TcpRelay.WATER_MARK);
    config.setConnectTimeoutMillis((int) context.options().connectTimeout().toMillis());
    client
        .eventLoop()
        .register(channel)
        .addListener(registered -> {
          if (registered.isSuccess()) {
            channel
                .connect(Addresses.socketAddress(address, port))
                .addListener(done -> onConnect(channel, address, port, mayRetry, done.cause()));
          } else {
            onConnect(channel, address, port, false, registered.cause());
          }
        });
  }

  private void onConnect(
      Channel channel, IpAddress address, int port, boolean mayRetry, @Nullable Throwable failure) {
    if (!client.isActive()) {
      channel.close();
    } else if (failure == null) {
      onConnected(address, port);
      channel.pipeline().addLast(upstream);
      byte[] header = header();
      if (header != null) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(header), channel.voidPromise());
      }
      downstream.start();
      upstream.start();
    } else {
      channel.close();
      onDialFailure(address, port, mayRetry, failure);
    }
  }

  /** One side sends no more; from now on the flow must not be idle for long. */
  void onHalfClosed() {
    if (!watched && client.isActive()) {
      watched = true;
      watchIdle(downstream.passed() + upstream.passed());
    }
  }

  private void watchIdle(long passedBefore) {
    client
        .eventLoop()
        .schedule(
            () -> {
              long passed = downstream.passed() + upstream.passed();
              if (!client.isOpen()) {
                return;
              }
              if (passed == passedBefore) {
                context.metrics().tcpHalfClosedIdle.increment();
                downstream.reset();
                upstream.reset();
              } else {
                watchIdle(passed);
              }
            },
            context.options().limits().halfClosedIdle().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  void resetClient() {
    downstream.reset();
  }

  @Override
  void closeLater() {
    client
        .eventLoop()
        .execute(() -> {
          downstream.close();
          upstream.close();
        });
  }
}
