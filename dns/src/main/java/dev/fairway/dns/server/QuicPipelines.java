// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3FrameToHttpObjectCodec;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What connections of QUIC are made of: DNS over QUIC, and HTTP/3. Thread-safe. */
final class QuicPipelines {
  /** A connection that counts. */
  private record Connection(Client client, ConnectionWatch watch) {}

  private static final AttributeKey<Connection> CONNECTION =
      AttributeKey.valueOf(QuicPipelines.class, "connection");

  /** Octets of a datagram; paths between pods carry at least that. */
  private static final int MAX_DATAGRAM = 1350;

  private static final int MAX_MESSAGE = 2 + 65_535;
  private static final int CONNECTION_WINDOW = 1 << 20;

  private final ServerOptions options;
  private final DnsMetrics metrics;
  private final ConnectionLimit limit;
  private final TlsFiles files;
  private final Function<Channel, DnsSockets.LoopState> states;

  QuicPipelines(
      ServerOptions options,
      DnsMetrics metrics,
      ConnectionLimit limit,
      TlsFiles files,
      Function<Channel, DnsSockets.LoopState> states) {
    this.options = options;
    this.metrics = metrics;
    this.limit = limit;
    this.files = files;
    this.states = states;
  }

  /** The handler of a UDP socket for DNS over QUIC. */
  ChannelHandler dnsOverQuic() {
    return codec(new QuicServerCodecBuilder(), TlsFiles.Contexts::doq)
        .handler(
            new ChannelInitializer<QuicChannel>() {
              @Override
              protected void initChannel(QuicChannel channel) {
                accept(channel, Transport.QUIC);
              }
            })
        .streamOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .streamHandler(
            streams((queries, of) ->
                List.of(new DoqHandler(queries, metrics, of.client(), of.watch()))))
        .build();
  }

  /** The handler of a UDP socket for HTTP/3. */
  ChannelHandler http3(DohHandler.Service service) {
    return codec(Http3.newQuicServerCodecBuilder(), TlsFiles.Contexts::http3)
        .initialMaxStreamsUnidirectional(Http3.MIN_INITIAL_MAX_STREAMS_UNIDIRECTIONAL)
        .initialMaxStreamDataUnidirectional(Http3.MIN_INITIAL_MAX_STREAM_DATA_UNIDIRECTIONAL)
        .handler(
            new ChannelInitializer<QuicChannel>() {
              @Override
              protected void initChannel(QuicChannel channel) {
                if (accept(channel, Transport.HTTP3)) {
                  channel.pipeline().addLast(new Http3ServerConnectionHandler(request(service)));
                }
              }
            })
        .build();
  }

  private ChannelHandler request(DohHandler.Service service) {
    return streams((queries, of) ->
        List.of(
            new Http3FrameToHttpObjectCodec(true),
            new HttpObjectAggregator(SecureSockets.MAX_BODY, true),
            new DohHandler(service, queries, of.client(), of.watch(), false)));
  }

  /** Gives each stream of a connection the handlers that are made for it. */
  private ChannelHandler streams(
      BiFunction<QueryHandler, Connection, List<ChannelHandler>> handlers) {
    return new ChannelInitializer<QuicStreamChannel>() {
      @Override
      protected void initChannel(QuicStreamChannel stream) {
        Connection connection = stream.parent().attr(CONNECTION).get();
        handlers
            .apply(states.apply(stream).queries(), connection)
            .forEach(stream.pipeline()::addLast);
      }
    };
  }

  private QuicServerCodecBuilder codec(
      QuicServerCodecBuilder builder, Function<TlsFiles.Contexts, @Nullable QuicSslContext> tls) {
    return builder
        .sslEngineProvider(channel -> {
          QuicSslContext context = tls.apply(files.current());
          if (context == null) {
            throw new IllegalStateException("no QUIC on this machine");
          }
          return context.newEngine(channel.alloc());
        })
        .maxIdleTimeout(options.tcp().idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .maxSendUdpPayloadSize(MAX_DATAGRAM)
        .initialMaxData(CONNECTION_WINDOW)
        .initialMaxStreamDataBidirectionalRemote(MAX_MESSAGE)
        .initialMaxStreamsBidirectional(options.tcp().maxPipeline());
  }

  /** Counts a connection from its first datagram on; false when there are too many. */
  private boolean accept(QuicChannel channel, Transport transport) {
    if (!(channel.remoteSocketAddress() instanceof InetSocketAddress remote)
        || !limit.acquire(remote.getAddress())) {
      metrics.tcpReject();
      channel.close(true, DoqHandler.EXCESSIVE_LOAD, Unpooled.EMPTY_BUFFER);
      return false;
    }
    channel.closeFuture().addListener(future -> limit.release(remote.getAddress()));
    channel
        .attr(CONNECTION)
        .set(
            new Connection(
                Client.of(transport, remote.getAddress()),
                ConnectionWatch.start(channel, options.tcp(), limit)));
    return true;
  }
}
