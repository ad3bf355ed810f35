// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop to endpoints; the idle ones are reused last in, first out. */
final class LoopPool {
  /** How long other endpoints are preferred after a failed connection attempt. */
  static final long AVOID_NANOS = 1_000_000_000L;

  private final EventLoop loop;
  private final UpstreamOptions options;
  private final Bootstrap bootstrap;
  private final Map<Endpoint, Deque<UpstreamConnection>> idle = new IdentityHashMap<>();

  LoopPool(EventLoop loop, Transport transport, UpstreamOptions options) {
    this.loop = loop;
    this.options = options;
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(transport.socketChannel())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  UpstreamOptions options() {
    return options;
  }

  /** Hands an idle connection to the listener, or opens one. */
  UpstreamConnection acquire(Endpoint endpoint, boolean reuse, UpstreamListener listener) {
    UpstreamConnection pooled = reuse ? takeIdle(endpoint) : null;
    if (pooled != null) {
      pooled.attach(listener);
      return pooled;
    }
    UpstreamConnection[] created = new UpstreamConnection[1];
    Bootstrap connect = bootstrap.clone();
    connect.option(
        ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) listener.policy().connectTimeout().toMillis());
    connect.handler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            created[0] = new UpstreamConnection(LoopPool.this, endpoint, channel, listener);
            channel.pipeline().addLast(created[0]);
          }
        });
    ChannelFuture future = connect.connect(endpoint.socketAddress());
    UpstreamConnection connection = created[0];
    if (connection == null) {
      throw new IllegalStateException("channel was not registered: " + future.cause());
    }
    future.addListener(_ -> connection.connectDone(future));
    return connection;
  }

  /** Keeps a connection for later; false where there are enough. */
  boolean offer(UpstreamConnection connection) {
    Deque<UpstreamConnection> connections =
        idle.computeIfAbsent(connection.endpoint(), _ -> new ArrayDeque<>());
    if (connections.size() >= options.maxIdlePerEndpoint()) {
      return false;
    }
    connections.addFirst(connection);
    return true;
  }

  void remove(UpstreamConnection connection) {
    Deque<UpstreamConnection> connections = idle.get(connection.endpoint());
    if (connections != null && connections.remove(connection) && connections.isEmpty()) {
      idle.remove(connection.endpoint());
    }
  }

  /** Closes the idle connections to endpoints. */
  void evict(List<Endpoint> endpoints) {
    for (Endpoint endpoint : endpoints) {
      Deque<UpstreamConnection> connections = idle.get(endpoint);
      if (connections != null) {
        List.copyOf(connections).forEach(UpstreamConnection::close);
      }
    }
  }

  void evictAll() {
    evict(new ArrayList<>(idle.keySet()));
  }

  int idleCount() {
    return idle.values().stream().mapToInt(Deque::size).sum();
  }

  EventLoop loop() {
    return loop;
  }

  void shutdownOutput(Channel channel) {
    if (channel instanceof DuplexChannel duplex && channel.isActive()) {
      duplex.shutdownOutput();
    }
  }

  private @Nullable UpstreamConnection takeIdle(Endpoint endpoint) {
    Deque<UpstreamConnection> connections = idle.get(endpoint);
    while (connections != null && !connections.isEmpty()) {
      UpstreamConnection connection = connections.pollFirst();
      if (connections.isEmpty()) {
        idle.remove(endpoint);
      }
      if (connection != null && connection.isUsable()) {
        return connection;
      }
      if (connection != null) {
        connection.close();
      }
    }
    return null;
  }
}
