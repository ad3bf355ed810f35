// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.upstream.ClientTls;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.service.ServiceSnapshot;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The sockets of TCP and UDP listeners and the connections they accepted. Thread-safe. */
public final class StreamServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 10_000;

  private final EventLoopGroup loops;
  private final Transport transport;
  private final StreamLimits limits;
  private final Function<Runnable, ChannelHandler> proxyProtocol;
  private final StreamBalancer balancer = new StreamBalancer();
  private final ClientTls tls = new ClientTls();
  private final Map<StreamPort, Listener> listeners = new HashMap<>();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /** What listens on a port, and how it stops. */
  private record Listener(InetSocketAddress address, Runnable closing) {}

  /**
   * @param proxyProtocol makes what reads the header of the PROXY protocol of one connection, then
   *     runs what it is given, which adds the next handler, and leaves
   */
  public StreamServer(
      EventLoopGroup loops,
      Transport transport,
      StreamLimits limits,
      Function<Runnable, ChannelHandler> proxyProtocol) {
    this.loops = loops;
    this.transport = transport;
    this.limits = limits;
    this.proxyProtocol = proxyProtocol;
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
    Listener listener = port.isUdp() ? listenUdp(port) : listenTcp(port);
    synchronized (listeners) {
      listeners.put(port, listener);
    }
    return listener.address();
  }

  /** Accepts no more connections for a port; those that are open go on. */
  public void unlisten(StreamPort port) {
    Listener listener;
    synchronized (listeners) {
      listener = listeners.remove(port);
    }
    if (listener != null) {
      listener.closing().run();
    }
  }

  /** Closes everything at once. */
  @Override
  public void close() {
    synchronized (listeners) {
      listeners.values().forEach(listener -> listener.closing().run());
      listeners.clear();
    }
    connections.close();
  }

  private Listener listenTcp(StreamPort port) throws IOException {
    ChannelInitializer<Channel> accept =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            accept(channel, port);
          }
        };
    ServerSockets sockets = ServerSockets.listen(port.address(), loops, transport, accept);
    return new Listener(sockets.address(), sockets::close);
  }

  private void accept(Channel channel, StreamPort port) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress peer)
        || connections.size() >= MAX_CONNECTIONS) {
      channel.close(); // the client was gone before it was accepted, or is one too many
      return;
    }
    connections.add(channel);
    Runnable relay = () -> channel.pipeline().addLast(relayTo(port.backends()));
    if (port.isProxyProtocol(peer)) {
      channel.pipeline().addLast(proxyProtocol.apply(relay));
    } else {
      relay.run();
    }
  }

  private Listener listenUdp(StreamPort port) throws IOException {
    ChannelInitializer<Channel> relay =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new UdpRelay(balancer, transport, limits, port));
          }
        };
    Bootstrap bootstrap =
        new Bootstrap().group(loops).channel(transport.datagramChannel()).handler(relay);
    ChannelFuture bound = bootstrap.bind(port.address()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      Throwable why = bound.cause();
      throw new IOException("cannot listen on " + port.address() + ": " + why.getMessage(), why);
    }
    Channel socket = bound.channel();
    return new Listener(
        (InetSocketAddress) socket.localAddress(), () -> socket.close().awaitUninterruptibly());
  }
}
