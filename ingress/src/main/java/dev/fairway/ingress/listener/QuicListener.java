// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.tls.ServerTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;

/**
 * HTTP/3 on a UDP socket. All connections of a socket share an event loop, so that they stay on it
 * when the client's address changes. Thread-safe.
 */
final class QuicListener {
  private static final int MAX_DATAGRAM = 1_350;
  private static final int RECEIVE_BUFFER = 1 << 20;
  private static final int MAX_STREAMS = 100;
  private static final int STREAM_WINDOW = 1 << 16;
  private static final int CONNECTION_WINDOW = 1 << 20;
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final GatewayContext gateway;
  private final Frontend frontend;
  private final ServerTls tls;
  private final BiFunction<InetSocketAddress, InetSocketAddress, Client> clients;
  private final Consumer<Channel> accepted;

  /**
   * @param clients makes a client of its address and ours
   * @param accepted told of every connection
   */
  QuicListener(
      GatewayContext gateway,
      Frontend frontend,
      ServerTls tls,
      BiFunction<InetSocketAddress, InetSocketAddress, Client> clients,
      Consumer<Channel> accepted) {
    this.gateway = gateway;
    this.frontend = frontend;
    this.tls = tls;
    this.clients = clients;
    this.accepted = accepted;
  }

  /** Listens; the exception is that of the socket. */
  Channel bind(
      InetSocketAddress address, EventLoopGroup loops, Class<? extends DatagramChannel> type)
      throws Exception {
    return new Bootstrap()
        .group(loops)
        .channel(type)
        .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
        .handler(codec(address))
        .bind(address)
        .sync()
        .channel();
  }

  private ChannelHandler codec(InetSocketAddress address) {
    QuicSslContext context = tls.quic();
    return Http3.newQuicServerCodecBuilder()
        .sslEngineProvider(channel -> context.newEngine(channel.alloc()))
        .tokenHandler(new RetryTokens(gateway.connections()::areMany))
        .maxIdleTimeout(idleMillis(), TimeUnit.MILLISECONDS)
        .maxSendUdpPayloadSize(MAX_DATAGRAM)
        .initialMaxData(CONNECTION_WINDOW)
        .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
        .initialMaxStreamsBidirectional(MAX_STREAMS)
        .initialMaxStreamsUnidirectional(Http3.MIN_INITIAL_MAX_STREAMS_UNIDIRECTIONAL)
        .initialMaxStreamDataUnidirectional(Http3.MIN_INITIAL_MAX_STREAM_DATA_UNIDIRECTIONAL)
        .handler(
            new ChannelInitializer<QuicChannel>() {
              @Override
              protected void initChannel(QuicChannel channel) {
                accept(channel, address);
              }
            })
        .build();
  }

  /** Addresses change their meaning on the way sooner than connections of TCP end. */
  private long idleMillis() {
    return Math.min(IDLE.toMillis(), gateway.limits().idleTimeout().toMillis());
  }

  private void accept(QuicChannel channel, InetSocketAddress address) {
    if (!(channel.remoteSocketAddress() instanceof InetSocketAddress remote)) {
      refuse(channel);
      return;
    }
    Client client = clients.apply(remote, address);
    if (gateway.isDraining() || gateway.memory().refusesConnections()) {
      gateway.counters().connectionsRefused.increment();
      refuse(channel);
      return;
    }
    OpenConnections open = gateway.connections();
    if (!open.admit(channel, frontend) || !open.admit(channel, client.address())) {
      refuse(channel);
      return;
    }
    accepted.accept(channel);
    channel
        .pipeline()
        .addLast(
            new Http3ServerConnectionHandler(
                new Requests(channel, client),
                null,
                null,
                new DefaultHttp3SettingsFrame(settings()),
                true));
    channel.pipeline().addLast(new FailedHandshake());
  }

  private static void refuse(QuicChannel channel) {
    channel.close(true, Http3ErrorCode.H3_EXCESSIVE_LOAD.code(), Unpooled.EMPTY_BUFFER);
  }

  private Http3Settings settings() {
    return new Http3Settings()
        .qpackMaxTableCapacity(0)
        .qpackBlockedStreams(0)
        .maxFieldSectionSize(gateway.limits().messages().headerBytes())
        .enableConnectProtocol(true);
  }

  /** A handshake that fails is its client's affair, and not worth a line in the log. */
  private static final class FailedHandshake extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (ctx.pipeline().get(Http3Session.class) == null) {
        ctx.close();
      } else {
        ctx.fireExceptionCaught(cause);
      }
    }
  }

  /** Gives each request a handler; the first one comes after the handshake. */
  private final class Requests extends ChannelInitializer<QuicStreamChannel> {
    private final QuicChannel connection;
    private final Client client;

    Requests(QuicChannel connection, Client client) {
      this.connection = connection;
      this.client = client;
    }

    @Override
    protected void initChannel(QuicStreamChannel stream) {
      Http3Session session = connection.pipeline().get(Http3Session.class);
      if (session == null) {
        SSLEngine engine = connection.sslEngine();
        if (engine == null) {
          stream.close(); // the connection is closed already
          return;
        }
        Client agreed = client.withSession(tls.quicSession(engine));
        session = new Http3Session(gateway, frontend, connection, agreed);
        connection.pipeline().addLast(session);
      }
      stream.pipeline().addLast(new Http3Stream(session, stream));
    }
  }
}
