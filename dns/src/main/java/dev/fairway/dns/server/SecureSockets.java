// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.DnsMetrics;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Encrypted DNS: over TLS, over HTTPS (HTTP/1.1, HTTP/2, HTTP/3) and over QUIC, on the event loops
 * and with the handlers and limits of the other sockets. Thread-safe.
 */
final class SecureSockets implements AutoCloseable {
  private static final int MAX_HTTP_LINE = 8192;
  private static final int MAX_HTTP_HEADERS = 8192;

  /** Octets of a request's body: those of the largest message. */
  static final int MAX_BODY = 65_535;

  private static final int RECEIVE_BUFFER = 1 << 20;
  private static final int MAX_FLUSHES = 256;

  private final SecureOptions secure;
  private final ServerOptions options;
  private final DnsMetrics metrics;
  private final ConnectionLimit limit;
  private final EventLoopGroup loops;
  private final boolean epoll;
  private final Function<Channel, DnsSockets.LoopState> states;
  private final TcpAcceptor acceptor;
  private final TlsFiles files;
  private final QuicPipelines quic;
  private final List<Channel> channels = new ArrayList<>();
  private final ScheduledExecutorService reloader;

  /**
   * Reads the certificate; nothing is listened on yet.
   *
   * @param states what the event loop of a channel has
   * @throws IOException when the certificate or its key cannot be used
   */
  SecureSockets(
      SecureOptions secure,
      ServerOptions options,
      DnsMetrics metrics,
      ConnectionLimit limit,
      EventLoopGroup loops,
      boolean epoll,
      Function<Channel, DnsSockets.LoopState> states)
      throws IOException {
    this.secure = secure;
    this.options = options;
    this.metrics = metrics;
    this.limit = limit;
    this.loops = loops;
    this.epoll = epoll;
    this.states = states;
    this.acceptor = new TcpAcceptor(loops, epoll, limit, metrics, options.sharedAddress());
    this.files = new TlsFiles(secure.certificate(), secure.key());
    this.quic = new QuicPipelines(options, metrics, limit, files, states);
    this.reloader =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("fairway-dns-certificates").factory());
    long period = secure.reload().toNanos();
    reloader.scheduleWithFixedDelay(files::reload, period, period, TimeUnit.NANOSECONDS);
  }

  /**
   * Listens on all addresses.
   *
   * @return the options with the real ports
   */
  synchronized SecureOptions listen() throws IOException {
    List<InetSocketAddress> tls = new ArrayList<>();
    for (InetSocketAddress address : secure.tls()) {
      tls.add(opened(DnsSockets.await(acceptor.bootstrap(this::startTls).bind(address))));
    }
    List<InetSocketAddress> https = new ArrayList<>();
    for (InetSocketAddress address : secure.https()) {
      https.add(listenHttps(address));
    }
    List<InetSocketAddress> doq = new ArrayList<>();
    for (InetSocketAddress address : secure.quic()) {
      if (files.current().doq() == null) {
        throw new IOException("QUIC is not available on this machine");
      }
      doq.add(opened(bindUdp(address, quic.dnsOverQuic())));
    }
    return secure.bound(tls, https, doq);
  }

  /** HTTP/3 takes the UDP port with the number of the TCP port. */
  private InetSocketAddress listenHttps(InetSocketAddress address) throws IOException {
    boolean http3 = secure.http3() && files.current().http3() != null;
    for (int attempt = 1; ; attempt++) {
      // Which port it is will be known by the time a connection comes.
      AtomicReference<String> altService = new AtomicReference<>("");
      Channel tcp =
          DnsSockets.await(
              acceptor
                  .bootstrap((channel, client) -> startHttps(channel, client, altService.get()))
                  .bind(address));
      InetSocketAddress bound = opened(tcp);
      if (!http3) {
        return bound;
      }
      try {
        DohHandler.Service service = new DohHandler.Service(secure.path(), "", metrics);
        opened(bindUdp(bound, quic.http3(service)));
        altService.set("h3=\":" + bound.getPort() + "\"; ma=86400");
        return bound;
      } catch (IOException e) {
        channels.remove(tcp);
        tcp.close().awaitUninterruptibly();
        if (address.getPort() != 0 || attempt == DnsSockets.BIND_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private InetSocketAddress opened(Channel channel) {
    channels.add(channel);
    return (InetSocketAddress) channel.localAddress();
  }

  private void startTls(SocketChannel channel, InetAddress client) {
    DnsSockets.LoopState state = states.apply(channel);
    channel
        .pipeline()
        .addLast(files.current().dot().newHandler(channel.alloc()))
        .addLast(
            new TcpHandler(
                state.queries(),
                metrics,
                options.tcp(),
                ConnectionWatch.start(channel, options.tcp(), limit),
                Client.of(Transport.TLS, client),
                state.tcpMessage()));
  }

  private void startHttps(SocketChannel channel, InetAddress client, String altService) {
    ConnectionWatch watch = ConnectionWatch.start(channel, options.tcp(), limit);
    DohHandler.Service service = new DohHandler.Service(secure.path(), altService, metrics);
    QueryHandler queries = states.apply(channel).queries();
    Client peer = Client.of(Transport.HTTPS, client);
    channel
        .pipeline()
        .addLast(files.current().https().newHandler(channel.alloc()))
        // The responses to what was read together are written together.
        .addLast(new FlushConsolidationHandler(MAX_FLUSHES, true))
        .addLast(
            new ApplicationProtocolNegotiationHandler(ApplicationProtocolNames.HTTP_1_1) {
              @Override
              protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
              }

              @Override
              protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
                if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                  addHttp2(ctx.pipeline(), () -> doh(service, queries, peer, watch, false));
                } else {
                  addHttp1(ctx.pipeline(), doh(service, queries, peer, watch, true));
                }
              }
            });
  }

  private static DohHandler doh(
      DohHandler.Service service,
      QueryHandler queries,
      Client client,
      ConnectionWatch watch,
      boolean serial) {
    return new DohHandler(service, queries, client, watch, serial);
  }

  private static void addHttp1(ChannelPipeline pipeline, DohHandler handler) {
    HttpDecoderConfig config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_HTTP_LINE)
            .setMaxHeaderSize(MAX_HTTP_HEADERS);
    pipeline
        .addLast(new HttpServerCodec(config))
        .addLast(new HttpObjectAggregator(MAX_BODY, true))
        // One request at a time: the next waits while the answer of one is looked up.
        .addLast(new FlowControlHandler())
        .addLast(handler);
  }

  private void addHttp2(ChannelPipeline pipeline, Supplier<DohHandler> handlers) {
    Http2Settings settings =
        Http2Settings.defaultSettings()
            .maxConcurrentStreams(options.tcp().maxPipeline())
            .maxHeaderListSize(MAX_HTTP_HEADERS);
    pipeline
        .addLast(Http2FrameCodecBuilder.forServer().initialSettings(settings).build())
        .addLast(
            new Http2MultiplexHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel stream) {
                    stream
                        .pipeline()
                        .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                        .addLast(new HttpObjectAggregator(MAX_BODY, true))
                        .addLast(handlers.get());
                  }
                }));
  }

  /** One socket: a connection stays on its event loop, even when the client's address changes. */
  private Channel bindUdp(InetSocketAddress address, ChannelHandler handler) throws IOException {
    return DnsSockets.await(
        new Bootstrap()
            .group(loops)
            .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
            .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
            .handler(handler)
            .bind(address));
  }

  /** Stops listening and looking at the files; connections end with their event loops. */
  @Override
  public synchronized void close() {
    reloader.shutdownNow();
    for (Channel channel : channels) {
      channel.close().awaitUninterruptibly();
    }
  }
}
