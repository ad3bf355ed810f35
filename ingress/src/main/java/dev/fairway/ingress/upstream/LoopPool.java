// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.UpstreamListener.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop to endpoints; the idle ones are reused last in, first out. */
final class LoopPool {
  /** How long other endpoints are preferred after a failed connection attempt. */
  static final long AVOID_NANOS = 1_000_000_000L;

  private final EventLoop loop;
  private final UpstreamOptions options;
  private final Bootstrap bootstrap;
  private final ClientTls tls;
  private final Map<Endpoint, Deque<Http1Connection>> idle = new IdentityHashMap<>();
  private final Map<Endpoint, List<Http2UpstreamSession>> sessions = new IdentityHashMap<>();

  LoopPool(EventLoop loop, Transport transport, UpstreamOptions options, ClientTls tls) {
    this.tls = tls;
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

  /** Hands a connection to the listener that is open already, or opens one. */
  UpstreamConnection acquire(
      UpstreamSpec spec, Endpoint endpoint, boolean reuse, UpstreamListener listener) {
    if (spec.protocol() == BackendProtocol.HTTP2) {
      return acquireStream(spec, endpoint, listener);
    }
    Http1Connection pooled = reuse ? takeIdle(endpoint) : null;
    if (pooled != null) {
      pooled.attach(listener);
      return pooled;
    }
    Http1Connection[] created = new Http1Connection[1];
    ChannelFuture future =
        connect(
            spec,
            endpoint,
            listener.policy().connectTimeout(),
            channel -> {
              created[0] = new Http1Connection(this, endpoint, channel, listener);
              channel.pipeline().addLast(created[0]);
            });
    Http1Connection connection = created[0];
    if (connection == null) {
      throw new IllegalStateException("channel was not registered: " + future.cause());
    }
    whenReady(future, endpoint, connection::ready);
    return connection;
  }

  private UpstreamConnection acquireStream(
      UpstreamSpec spec, Endpoint endpoint, UpstreamListener listener) {
    List<Http2UpstreamSession> open = sessions.computeIfAbsent(endpoint, _ -> new ArrayList<>());
    for (Http2UpstreamSession session : open) {
      if (session.takesStreams()) {
        return session.newStream(listener);
      }
    }
    Http2UpstreamSession[] created = new Http2UpstreamSession[1];
    ChannelFuture future =
        connect(
            spec,
            endpoint,
            listener.policy().connectTimeout(),
            channel -> {
              created[0] = Http2UpstreamSession.create(this, endpoint, channel, spec.tls() != null);
              channel.pipeline().addLast(created[0]);
            });
    Http2UpstreamSession session = created[0];
    if (session == null) {
      throw new IllegalStateException("channel was not registered: " + future.cause());
    }
    open.add(session);
    UpstreamConnection stream = session.newStream(listener);
    whenReady(future, endpoint, session::ready);
    return stream;
  }

  /** Begins to connect; the handlers are added before anything can happen. */
  private ChannelFuture connect(
      UpstreamSpec spec, Endpoint endpoint, Duration timeout, Consumer<Channel> handlers) {
    int millis = (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE);
    Bootstrap connect = bootstrap.clone();
    connect.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis);
    connect.handler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) throws SSLException {
            handlers.accept(channel);
            BackendTls encryption = spec.tls();
            if (encryption != null) {
              channel
                  .pipeline()
                  .addFirst(tls.newHandler(encryption, spec.protocol(), channel, millis));
            }
          }
        });
    return connect.connect(endpoint.socketAddress());
  }

  /** Tells, once it is known, whether the connection is ready; null stands for yes. */
  private void whenReady(
      ChannelFuture connected, Endpoint endpoint, Consumer<@Nullable Failure> ready) {
    connected.addListener(_ -> {
      SslHandler handler = connected.channel().pipeline().get(SslHandler.class);
      if (connected.isSuccess() && handler != null) {
        // The handlers are to hear of a failure before the connection is closed for it.
        handler
            .handshakeFuture()
            .addListener(done -> loop.execute(() -> ready.accept(outcome(endpoint, done))));
      } else {
        ready.accept(outcome(endpoint, connected));
      }
    });
  }

  private @Nullable Failure outcome(Endpoint endpoint, Future<?> done) {
    if (done.isSuccess()) {
      endpoint.recovered();
      return null;
    }
    if (!(done.cause() instanceof ClosedChannelException)) { // not by ourselves
      endpoint.avoidUntil(loop.ticker().nanoTime() + AVOID_NANOS);
    }
    boolean timeout =
        done.cause() instanceof ConnectTimeoutException
            || done.cause() instanceof SslHandshakeTimeoutException;
    return timeout ? Failure.CONNECT_TIMEOUT : Failure.CONNECT_FAILED;
  }

  /** Forgets a connection of HTTP/2 that takes no streams any more. */
  void remove(Http2UpstreamSession session) {
    List<Http2UpstreamSession> open = sessions.get(session.endpoint());
    if (open != null && open.remove(session) && open.isEmpty()) {
      sessions.remove(session.endpoint());
    }
  }

  /** Keeps a connection for later; false where there are enough. */
  boolean offer(Http1Connection connection) {
    Deque<Http1Connection> connections =
        idle.computeIfAbsent(connection.endpoint(), _ -> new ArrayDeque<>());
    if (connections.size() >= options.maxIdlePerEndpoint()) {
      return false;
    }
    connections.addFirst(connection);
    return true;
  }

  void remove(Http1Connection connection) {
    Deque<Http1Connection> connections = idle.get(connection.endpoint());
    if (connections != null && connections.remove(connection) && connections.isEmpty()) {
      idle.remove(connection.endpoint());
    }
  }

  /** Closes the idle connections to endpoints. */
  void evict(List<Endpoint> endpoints) {
    for (Endpoint endpoint : endpoints) {
      Deque<Http1Connection> connections = idle.get(endpoint);
      if (connections != null) {
        List.copyOf(connections).forEach(Http1Connection::close);
      }
      List<Http2UpstreamSession> open = sessions.get(endpoint);
      if (open != null) {
        List.copyOf(open).forEach(Http2UpstreamSession::retire);
      }
    }
  }

  void evictAll() {
    evict(new ArrayList<>(idle.keySet()));
    evict(new ArrayList<>(sessions.keySet()));
  }

  int idleCount() {
    return idle.values().stream().mapToInt(Deque::size).sum();
  }

  EventLoop loop() {
    return loop;
  }

  void shutdownOutput(Channel channel) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    if (handler != null) {
      handler.closeOutbound();
    } else if (channel instanceof DuplexChannel duplex && channel.isActive()) {
      duplex.shutdownOutput();
    }
  }

  private @Nullable Http1Connection takeIdle(Endpoint endpoint) {
    Deque<Http1Connection> connections = idle.get(endpoint);
    while (connections != null && !connections.isEmpty()) {
      Http1Connection connection = connections.pollFirst();
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
