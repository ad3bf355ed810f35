// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.stream;

import dev.fairway.ingress.upstream.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sockets that listen on one TCP address, one for each event loop where the kernel can share a
 * port: a connection is served where it was accepted, as long as no loop has much less to do.
 * Thread-safe.
 */
public final class ServerSockets {
  private static final int BACKLOG = 4096;

  /** By how many connections a loop may be ahead of the one that has the fewest. */
  private static final int MAX_LEAD = 4;

  /** How long nothing is accepted where the process has too many descriptors. */
  private static final long PAUSE_MILLIS = 1_000;

  private final List<Loop> loops = new ArrayList<>();
  private final List<Channel> sockets = new ArrayList<>();
  private final Transport transport;
  private final ChannelHandler connections;

  private ServerSockets(EventLoopGroup group, Transport transport, ChannelHandler connections) {
    this.transport = transport;
    this.connections = connections;
    for (EventExecutor loop : group) {
      loops.add(new Loop((EventLoop) loop, new AtomicInteger()));
    }
  }

  /** An event loop with how many connections of these sockets it serves. */
  private record Loop(EventLoop events, AtomicInteger connections) {}

  /**
   * Listens.
   *
   * @param connections sharable; prepares the pipeline of each accepted connection
   * @throws IOException where the address cannot be bound; nothing is left open then
   */
  public static ServerSockets listen(
      InetSocketAddress address,
      EventLoopGroup group,
      Transport transport,
      ChannelHandler connections)
      throws IOException {
    ServerSockets opened = new ServerSockets(group, transport, connections);
    try {
      opened.bind(address);
      return opened;
    } catch (InterruptedException interrupted) {
      opened.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while binding " + address, interrupted);
    } catch (Exception notBound) {
      opened.close();
      throw new IOException("cannot listen on " + address + ": " + notBound.getMessage(), notBound);
    }
  }

  /** The address with the port that was bound. */
  public InetSocketAddress address() {
    return (InetSocketAddress) sockets.getFirst().localAddress();
  }

  /**
   * Accepts no more connections; those that are open go on. Waits until the sockets are closed: the
   * port can be bound again.
   */
  public void close() {
    List<ChannelFuture> closing = new ArrayList<>(sockets.size());
    for (Channel socket : sockets) {
      closing.add(socket.close());
    }
    // Not the channel's closeFuture: with io_uring it is done before the kernel has closed
    // anything.
    closing.forEach(ChannelFuture::awaitUninterruptibly);
  }

  private void bind(InetSocketAddress address) throws IOException, InterruptedException {
    if (!transport.sharesPorts()) {
      sockets.add(socket(loops.getFirst()).bind(address).sync().channel());
      return;
    }
    InetSocketAddress unused = probe(address);
    for (Loop loop : loops) {
      Bootstrap sharing = socket(loop).option(UnixChannelOption.SO_REUSEPORT, true);
      sockets.add(sharing.bind(unused).sync().channel());
    }
  }

  /** Whoever listens on the address already keeps us away, even if it would share its port. */
  private static InetSocketAddress probe(InetSocketAddress address) throws IOException {
    try (SocketChannel probe = SocketChannel.open()) {
      probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      probe.bind(address);
      return (InetSocketAddress) probe.getLocalAddress();
    }
  }

  private Bootstrap socket(Loop loop) {
    return new Bootstrap()
        .group(loop.events())
        .channel(transport.serverChannel())
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        .handler(new Accepting(loop));
  }

  /** Hands accepted connections to loops. */
  private final class Accepting extends ChannelInboundHandlerAdapter {
    private final Loop own;

    Accepting(Loop own) {
      this.own = own;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      Channel accepted = (Channel) message;
      accepted.config().setOption(ChannelOption.TCP_NODELAY, true);
      accepted.config().setOption(ChannelOption.AUTO_READ, false);
      accepted.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      accepted.pipeline().addLast(connections);
      Loop loop = server(own);
      loop.connections().incrementAndGet();
      accepted.closeFuture().addListener(_ -> loop.connections().decrementAndGet());
      loop.events()
          .register(accepted)
          .addListener(registered -> {
            if (!registered.isSuccess()) {
              accepted.unsafe().closeForcibly();
            }
          });
    }

    private Loop server(Loop accepting) {
      Loop least = accepting;
      for (Loop loop : loops) {
        if (loop.connections().get() < least.connections().get()) {
          least = loop;
        }
      }
      boolean ahead = accepting.connections().get() - least.connections().get() >= MAX_LEAD;
      return ahead ? least : accepting;
    }

    /** The process's descriptors are used up, for instance: to try at once would be in vain. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.channel().config().setAutoRead(false);
      ctx.executor()
          .schedule(
              () -> ctx.channel().config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
