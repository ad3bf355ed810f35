// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.stream.ServerSockets;
import dev.fairway.ingress.stream.StreamLimits;
import dev.fairway.ingress.stream.StreamServer;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The listening sockets of a gateway and the connections they accepted. Thread-safe. */
public final class GatewayServer {
  private static final Logger LOG = System.getLogger(GatewayServer.class.getName());

  private final GatewayContext gateway;
  private final EventLoopGroup loops;
  private final Transport transport;
  private final StreamServer streams;
  private final Map<Frontend, ServerSockets> listeners = new HashMap<>();

  /** Not among the listeners: what is left of their connections needs them. */
  private final Map<Frontend, Channel> datagramSockets = new HashMap<>();

  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  public GatewayServer(GatewayContext gateway, EventLoopGroup loops, Transport transport) {
    this.gateway = gateway;
    this.loops = loops;
    this.transport = transport;
    streams =
        new StreamServer(
            loops, transport, StreamLimits.DEFAULT, then -> new ProxyProtocol(_ -> then.run()));
  }

  /**
   * Listens.
   *
   * @return the address with the port that was bound
   */
  public InetSocketAddress listen(Frontend frontend) throws IOException {
    ChannelInitializer<SocketChannel> accept =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(SocketChannel channel) {
            accept(channel, frontend);
          }
        };
    ServerSockets sockets = ServerSockets.listen(frontend.address(), loops, transport, accept);
    synchronized (listeners) {
      listeners.put(frontend, sockets);
    }
    InetSocketAddress bound = sockets.address();
    try {
      listenForHttp3(frontend, bound);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while binding " + bound, interrupted);
    }
    return bound;
  }

  /** The sockets of streams, which are passed on without looking at requests. */
  public StreamServer streams() {
    return streams;
  }

  /** Accepts no more connections for a frontend; those that are open go on. */
  public void unlisten(Frontend frontend) {
    ServerSockets sockets;
    Channel datagrams;
    synchronized (listeners) {
      sockets = listeners.remove(frontend);
      datagrams = datagramSockets.remove(frontend);
    }
    if (sockets != null) {
      sockets.close();
    }
    if (datagrams != null) {
      datagrams.close().awaitUninterruptibly(); // connections of HTTP/3 end with their socket
    }
  }

  /** HTTP/3 takes the UDP port with the number of the TCP port; without it, there is no HTTP/3. */
  private void listenForHttp3(Frontend frontend, InetSocketAddress address)
      throws InterruptedException {
    ServerTls tls = frontend.tls();
    if (tls == null || !frontend.mayServeHttp3() || !Quic.isAvailable()) {
      return;
    }
    QuicListener listener =
        new QuicListener(gateway, frontend, tls, this::quicClient, connections::add);
    try {
      Channel socket = listener.bind(address, loops, transport.datagramChannel());
      synchronized (listeners) {
        datagramSockets.put(frontend, socket);
      }
      frontend.offerHttp3(address.getPort());
    } catch (InterruptedException interrupted) {
      throw interrupted;
    } catch (Exception notBound) {
      LOG.log(
          Level.WARNING,
          "no HTTP/3, its UDP port cannot be bound port={0}: {1}",
          address.getPort(),
          notBound.getMessage());
    }
  }

  private Client quicClient(InetSocketAddress peer, InetSocketAddress own) {
    return client(address(peer), own.getPort(), true);
  }

  /**
   * Accepts no more connections, closes idle ones, lets the others finish their request, and closes
   * what is left after the given time.
   */
  public void drain(Duration atMost) throws InterruptedException {
    gateway.startDraining();
    List<ServerSockets> open;
    synchronized (listeners) {
      open = List.copyOf(listeners.values());
      listeners.clear();
    }
    open.forEach(ServerSockets::close);
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
    ChannelGroupFuture rest = connections.newCloseFuture();
    connections.forEach(GatewayServer::closeNow);
    rest.await(1, TimeUnit.SECONDS);
    List<Channel> sockets;
    synchronized (listeners) {
      sockets = List.copyOf(datagramSockets.values());
      datagramSockets.clear();
    }
    for (Channel socket : sockets) {
      socket.close().await();
    }
  }

  /**
   * Passes by the last handler: that of HTTP/2 would wait for its streams, which may be tunnels.
   */
  private static void closeNow(Channel connection) {
    ChannelHandlerContext last = connection.pipeline().lastContext();
    if (last == null) {
      connection.close();
    } else {
      last.close();
    }
  }

  private void accept(SocketChannel channel, Frontend frontend) {
    if (channel.remoteAddress() == null) {
      channel.close(); // the client was gone before it was accepted
      return;
    }
    gateway.counters().connectionsAccepted.increment();
    if (gateway.memory().refusesConnections()) {
      gateway.counters().connectionsRefused.increment();
      channel.close();
      return;
    }
    if (!gateway.connections().admit(channel, frontend)) {
      channel.close();
      return;
    }
    connections.add(channel);
    IpAddress peer = address(channel.remoteAddress());
    boolean encrypted = frontend.tls() != null;
    if (!frontend.isProxyProtocol(peer)) {
      serve(channel, frontend, client(peer, channel.localAddress().getPort(), encrypted));
      return;
    }
    channel
        .pipeline()
        .addLast(
            new ProxyProtocol(header -> {
              IpAddress source = header.source();
              int port = header.destinationPort();
              Client named =
                  client(
                      source == null ? peer : source,
                      port == 0 ? channel.localAddress().getPort() : port,
                      encrypted);
              serve(channel, frontend, named);
            }));
  }

  private void serve(SocketChannel channel, Frontend frontend, Client client) {
    if (!gateway.connections().admit(channel, client.address())) {
      channel.close();
      return;
    }
    ServerTls tls = frontend.tls();
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

  private static IpAddress address(InetSocketAddress peer) {
    return IpAddress.ofBytes(peer.getAddress().getAddress());
  }

  private Client client(IpAddress address, int port, boolean tls) {
    boolean trusted = false;
    for (IpPrefix prefix : gateway.trustedProxies()) {
      trusted |= prefix.contains(address);
    }
    return new Client(address.toString(), trusted, tls, port);
  }
}
