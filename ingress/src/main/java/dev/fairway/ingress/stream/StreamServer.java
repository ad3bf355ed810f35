// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.upstream.ClientTls;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.service.ServiceSnapshot;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sockets of TCP and UDP listeners and the connections they accepted. Thread-safe. */
public final class StreamServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 10_000;

  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final Transport transport;
  private final StreamLimits limits;
  private final StreamBalancer balancer = new StreamBalancer();
  private final ClientTls tls = new ClientTls();
  private final Map<StreamPort, Channel> listeners = new HashMap<>();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  public StreamServer(
      EventLoopGroup acceptor, EventLoopGroup loops, Transport transport, StreamLimits limits) {
    this.acceptor = acceptor;
    this.loops = loops;
    this.transport = transport;
    this.limits = limits;
  }

  /** Takes over the endpoints of now. */
  public void update(ServiceSnapshot snapshot) {
    balancer.update(snapshot);
  }

  /** A handler that passes the bytes of a connection to one of the backends. */
  public ChannelHandler relayTo(List<BackendRef> backends) {
    return new TcpRelay(balancer, transport, tls, limits, backends);
  }

  /**
   * Listens.
   *
   * @return the address with the port that was bound
   */
  public InetSocketAddress listen(StreamPort port) throws IOException {
    try {
      Channel listener =
          port.isUdp() ? bindUdp(port).sync().channel() : bindTcp(port).sync().channel();
      synchronized (listeners) {
        listeners.put(port, listener);
      }
      return (InetSocketAddress) listener.localAddress();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while binding " + port.address(), interrupted);
    } catch (Exception notBound) {
      throw new IOException(
          "cannot listen on " + port.address() + ": " + notBound.getMessage(), notBound);
    }
  }

  /** Accepts no more connections for a port; those that are open go on. */
  public void unlisten(StreamPort port) {
    Channel listener;
    synchronized (listeners) {
      listener = listeners.remove(port);
    }
    if (listener != null) {
      listener.close().awaitUninterruptibly();
    }
  }

  /** Closes everything at once. */
  @Override
  public void close() {
    synchronized (listeners) {
      listeners.values().forEach(Channel::close);
      listeners.clear();
    }
    connections.close();
  }

  private ChannelFuture bindTcp(StreamPort port) {
    return new ServerBootstrap()
        .group(acceptor, loops)
        .channel(transport.serverChannel())
        .option(ChannelOption.SO_BACKLOG, 4096)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                if (connections.size() >= MAX_CONNECTIONS) {
                  channel.close();
                  return;
                }
                connections.add(channel);
                channel.pipeline().addLast(relayTo(port.backends()));
              }
            })
        .bind(port.address());
  }

  private ChannelFuture bindUdp(StreamPort port) {
    return new Bootstrap()
        .group(loops)
        .channel(transport.datagramChannel())
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new UdpRelay(balancer, transport, limits, port));
              }
            })
        .bind(port.address());
  }
}
