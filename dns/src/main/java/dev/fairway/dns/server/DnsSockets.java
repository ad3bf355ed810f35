// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.ZoneSnapshot;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.server.batch.BatchLoop;
import dev.fairway.dns.server.batch.BatchSocket;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of the server. On Linux each event loop has a UDP socket of its own for each address,
 * and the kernel spreads clients over them; elsewhere there is one. Thread-safe.
 */
public final class DnsSockets implements AutoCloseable {
  /** Octets of a query that are looked at; real ones are below 300. */
  static final int MAX_DATAGRAM = 2048;

  private static final int BATCH = 32;
  private static final int RECEIVE_BUFFER = 4 << 20;
  static final int BIND_ATTEMPTS = 32;

  /** {@code IP_MTU_DISCOVER}: packets are never fragmented, and no ICMP message changes that. */
  private static final IntegerUnixChannelOption MTU_DISCOVER =
      new IntegerUnixChannelOption("IP_MTU_DISCOVER", 0, 10);

  private static final int PMTUDISC_PROBE = 3;

  private static final Duration NOTIFY_PERIOD = Duration.ofSeconds(1);

  /** What an event loop's channels share. */
  record LoopState(QueryHandler queries, byte[] tcpMessage, @Nullable BatchLoop batches) {}

  private final ServerOptions options;
  private final DnsMetrics metrics;
  private final ConnectionLimit limit;
  private final boolean epoll;
  private final EventLoopGroup loops;
  private final Map<EventExecutor, LoopState> states = new HashMap<>();
  private final TcpAcceptor acceptor;
  private final List<SecureSockets> secure = new CopyOnWriteArrayList<>();
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private final List<BatchSocket> sockets = new CopyOnWriteArrayList<>();

  /**
   * Starts event loops, without sockets yet.
   *
   * @param handlers makes the handler of one event loop
   */
  public DnsSockets(ServerOptions options, DnsMetrics metrics, Supplier<QueryHandler> handlers) {
    this.options = options;
    this.metrics = metrics;
    TcpOptions tcp = options.tcp();
    this.limit = new ConnectionLimit(tcp.maxConnections(), tcp.maxConnectionsPerClient());
    this.epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.loops =
        new MultiThreadIoEventLoopGroup(
            options.eventLoops(), new DefaultThreadFactory("fairway-dns", true), io);
    this.acceptor = new TcpAcceptor(loops, epoll, limit, metrics, options.sharedAddress());
    for (EventExecutor loop : loops) {
      states.put(loop, state(handlers.get(), loop));
    }
  }

  private LoopState state(QueryHandler queries, EventExecutor loop) {
    BatchLoop batches =
        epoll && options.batchedUdp() && BatchLoop.available()
            ? new BatchLoop(
                new UdpQueries(queries, loop), metrics, MAX_DATAGRAM, options.maxUdpPayload())
            : null;
    return new LoopState(queries, new byte[1 << 16], batches);
  }

  /**
   * Listens on UDP and TCP.
   *
   * @param address port 0 takes any port that is free for both
   * @return the address with the real port
   * @throws IOException when the address cannot be used; nothing stays open then
   */
  public InetSocketAddress listen(InetSocketAddress address) throws IOException {
    for (int attempt = 1; ; attempt++) {
      List<Channel> opened = new ArrayList<>();
      List<BatchSocket> batches = new ArrayList<>();
      try {
        InetSocketAddress bound = listenUdp(address, opened, batches);
        opened.add(await(acceptor.bootstrap(this::startTcp).bind(bound)));
        channels.addAll(opened);
        sockets.addAll(batches);
        return bound;
      } catch (IOException e) {
        batches.forEach(BatchSocket::close);
        for (Channel channel : opened) {
          channel.close().awaitUninterruptibly();
        }
        if (address.getPort() != 0 || attempt == BIND_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private InetSocketAddress listenUdp(
      InetSocketAddress address, List<Channel> opened, List<BatchSocket> batches)
      throws IOException {
    InetSocketAddress bound = address;
    for (Map.Entry<EventExecutor, LoopState> entry : states.entrySet()) {
      BatchLoop batched = entry.getValue().batches;
      if (batched != null) {
        IoEventLoop loop = (IoEventLoop) entry.getKey();
        BatchSocket socket = BatchSocket.bind(bound, RECEIVE_BUFFER, loop, batched);
        batches.add(socket);
        bound = socket.address();
      }
    }
    if (!batches.isEmpty()) {
      return bound;
    }
    Bootstrap udp = udp();
    int count = epoll ? options.eventLoops() : 1;
    for (int i = 0; i < count; i++) {
      Channel channel = await(udp.bind(bound));
      opened.add(channel);
      bound = (InetSocketAddress) channel.localAddress();
    }
    return bound;
  }

  static Channel await(ChannelFuture future) throws IOException {
    future.awaitUninterruptibly();
    Throwable cause = future.cause();
    if (cause != null) {
      future.channel().close();
      throw cause instanceof IOException io ? io : new IOException(cause);
    }
    return future.channel();
  }

  private Bootstrap udp() {
    Bootstrap udp =
        new Bootstrap()
            .group(loops)
            .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
            .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new UdpHandler(state(channel).queries, metrics));
                  }
                });
    if (epoll) {
      udp.option(UnixChannelOption.SO_REUSEPORT, true)
          .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM)
          .option(
              ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(BATCH * MAX_DATAGRAM))
          .option(MTU_DISCOVER, PMTUDISC_PROBE);
    } else {
      udp.option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_DATAGRAM));
    }
    return udp;
  }

  private LoopState state(Channel channel) {
    LoopState state = states.get(channel.eventLoop());
    if (state == null) {
      throw new IllegalStateException("not one of our event loops: " + channel.eventLoop());
    }
    return state;
  }

  private void startTcp(SocketChannel channel, InetAddress client) {
    LoopState state = state(channel);
    Client peer = Client.of(Transport.TCP, client);
    channel
        .pipeline()
        .addLast(
            new TcpHandler(
                state.queries,
                metrics,
                options.tcp(),
                ConnectionWatch.start(channel, options.tcp(), limit),
                peer,
                state.tcpMessage));
  }

  /**
   * Tells the secondaries of {@link TransferOptions} about changes of a zone, as long as there are
   * any.
   *
   * @throws IOException when no socket can be had
   */
  public void notifySecondaries(Supplier<ZoneSnapshot> zone, RandomGenerator random)
      throws IOException {
    List<InetSocketAddress> secondaries = options.transfers().secondaries();
    if (!secondaries.isEmpty()) {
      Notifier notifier = new Notifier(zone, secondaries, NOTIFY_PERIOD, random);
      channels.add(await(datagrams(notifier).bind(0)));
    }
  }

  private Bootstrap datagrams(ChannelHandler handler) {
    return new Bootstrap()
        .group(loops)
        .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
        .handler(handler);
  }

  /**
   * Listens for encrypted DNS as well.
   *
   * @return what is listened on, with the real ports
   * @throws IOException when the certificate or an address cannot be used; nothing more is listened
   *     on then
   */
  public synchronized SecureOptions listenSecure(SecureOptions secureOptions) throws IOException {
    SecureSockets encrypted =
        new SecureSockets(secureOptions, options, metrics, limit, loops, epoll, this::state);
    try {
      SecureOptions bound = encrypted.listen();
      secure.add(encrypted);
      return bound;
    } catch (IOException e) {
      encrypted.close();
      throw e;
    }
  }

  /**
   * Leaves new clients to the successor that listens at the same addresses, and answers those who
   * have asked already; to be followed by {@link #close}.
   *
   * @param patience for answers that have to be looked up
   */
  public void retire(Duration patience) {
    List<CompletableFuture<Void>> retiring = new ArrayList<>();
    for (BatchSocket socket : sockets) {
      retiring.add(socket.retire(patience));
    }
    CompletableFuture.allOf(retiring.toArray(CompletableFuture[]::new)).join();
  }

  /** Closes all sockets and connections, and ends the threads. */
  @Override
  public void close() {
    secure.forEach(SecureSockets::close);
    sockets.forEach(BatchSocket::close);
    for (Channel channel : channels) {
      channel.close().awaitUninterruptibly();
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
