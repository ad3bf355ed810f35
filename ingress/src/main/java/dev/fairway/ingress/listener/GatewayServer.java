// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.stream.StreamLimits;
import dev.fairway.ingress.stream.StreamServer;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The listening sockets of a gateway and the connections they accepted. Thread-safe. */
public final class GatewayServer {
  private final GatewayContext gateway;
  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final Transport transport;
  private final StreamServer streams;
  private final Map<Frontend, Channel> listeners = new HashMap<>();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  public GatewayServer(
      GatewayContext gateway, EventLoopGroup acceptor, EventLoopGroup loops, Transport transport) {
    this.gateway = gateway;
    this.acceptor = acceptor;
    this.loops = loops;
    this.transport = transport;
    streams = new StreamServer(acceptor, loops, transport, StreamLimits.DEFAULT);
  }

  /**
   * Listens.
   *
   * @return the address with the port that was bound
   */
  public InetSocketAddress listen(Frontend frontend) throws IOException {
    InetSocketAddress address = frontend.address();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptor, loops)
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, 4096)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel, frontend);
                  }
                });
    try {
      Channel listener = bootstrap.bind(address).sync().channel();
      synchronized (listeners) {
        listeners.put(frontend, listener);
      }
      return (InetSocketAddress) listener.localAddress();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while binding " + address, interrupted);
    } catch (Exception notBound) {
      throw new IOException("cannot listen on " + address + ": " + notBound.getMessage(), notBound);
    }
  }

  /** The sockets of streams, which are passed on without looking at requests. */
  public StreamServer streams() {
    return streams;
  }

  /** Accepts no more connections for a frontend; those that are open go on. */
  public void unlisten(Frontend frontend) {
    Channel listener;
    synchronized (listeners) {
      listener = listeners.remove(frontend);
    }
    if (listener != null) {
      listener.close().awaitUninterruptibly();
    }
  }

  /**
   * Accepts no more connections, closes idle ones, lets the others finish their request, and closes
   * what is left after the given time.
   */
  public void drain(Duration atMost) throws InterruptedException {
    gateway.startDraining();
    List<Channel> open;
    synchronized (listeners) {
      open = List.copyOf(listeners.values());
      listeners.clear();
    }
    for (Channel listener : open) {
      listener.close().await();
    }
    for (Channel connection : connections) {
      connection
          .eventLoop()
          .execute(() -> {
            if (connection.pipeline().last() instanceof Drainable handler) {
              handler.drain();
            }
          });
    }
    connections.newCloseFuture().await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    connections.close().await(1, TimeUnit.SECONDS);
  }

  private void accept(SocketChannel channel, Frontend frontend) {
    if (channel.remoteAddress() == null) {
      channel.close(); // the client was gone before it was accepted
      return;
    }
    gateway.counters().connectionsAccepted.increment();
    AtomicInteger open = gateway.counters().connections;
    if (open.incrementAndGet() > gateway.limits().maxConnections()) {
      open.decrementAndGet();
      gateway.counters().connectionsRefused.increment();
      channel.close();
      return;
    }
    channel.closeFuture().addListener(_ -> open.decrementAndGet());
    connections.add(channel);
    ServerTls tls = frontend.tls();
    Client client = client(channel, tls != null);
    if (tls == null) {
      channel.pipeline().addLast(new DownstreamConnection(gateway, frontend, channel, client));
    } else {
      channel
          .pipeline()
          .addLast(
              new TlsHandshake(
                  tls,
                  gateway.limits().tlsHandshakeTimeout(),
                  new Encrypted(frontend, channel, client)));
    }
  }

  /** Goes on with a connection once it is known who ends its TLS. */
  private final class Encrypted implements TlsHandshake.Outcome {
    private final Frontend frontend;
    private final SocketChannel channel;
    private final Client client;

    Encrypted(Frontend frontend, SocketChannel channel, Client client) {
      this.frontend = frontend;
      this.channel = channel;
      this.client = client;
    }

    @Override
    public void established(ChannelHandlerContext ctx, TlsSession session, String protocol) {
      Client agreed = client.withSession(session);
      ctx.pipeline()
          .addLast(
              protocol.equals(ApplicationProtocolNames.HTTP_2)
                  ? Http2Session.create(gateway, frontend, channel, agreed)
                  : new DownstreamConnection(gateway, frontend, channel, agreed));
    }

    @Override
    public void stream(ChannelHandlerContext ctx, List<BackendRef> backends) {
      ctx.pipeline().addLast(streams.relayTo(backends));
    }

    @Override
    public void passthrough(ChannelHandlerContext ctx, TlsProfile.Passthrough profile) {
      ctx.pipeline().addLast(streams.relayTo(profile.backends()));
    }
  }

  private Client client(SocketChannel channel, boolean tls) {
    InetSocketAddress peer = channel.remoteAddress();
    IpAddress address = IpAddress.ofBytes(peer.getAddress().getAddress());
    boolean trusted = false;
    for (IpPrefix prefix : gateway.trustedProxies()) {
      trusted |= prefix.contains(address);
    }
    return new Client(address.toString(), trusted, tls, channel.localAddress().getPort());
  }
}
