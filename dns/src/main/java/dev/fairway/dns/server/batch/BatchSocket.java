// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket of an event loop, read and answered in batches. It shares its address with those of
 * other loops and processes of the same user, and answers from the address that was asked. Confined
 * to its event loop, but for {@link #bind}, {@link #address} and {@link #close}.
 */
public final class BatchSocket implements EpollIoHandle {
  private static final System.Logger LOG = System.getLogger(BatchSocket.class.getName());

  /** Batches before other sockets of the loop have their turn. */
  private static final int MAX_ROUNDS = 8;

  /** Batches that are answered before a socket is closed. */
  private static final int MAX_LAST_ROUNDS = 256;

  /** For so long a datagram may be on its way to a socket that was chosen for it. */
  private static final Duration RETIRE_ROUND = Duration.ofMillis(20);

  private static final long RETIRE_NANOS = RETIRE_ROUND.toNanos();
  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IP_MTU_DISCOVER = 10;
  private static final int IPV6_MTU_DISCOVER = 23;

  /** Not to be fragmented, whatever ICMP says about the path. */
  private static final int PMTUDISC_PROBE = 3;

  private final LinuxSocket socket;
  private final InetSocketAddress address;
  private final boolean anyAddress;
  private final IoEventLoop loop;
  private final BatchLoop batches;
  private @Nullable IoRegistration registration;
  private boolean closed;

  private BatchSocket(LinuxSocket socket, IoEventLoop loop, BatchLoop batches) {
    this.socket = socket;
    this.address = socket.localAddress();
    this.anyAddress = address.getAddress().isAnyLocalAddress();
    this.loop = loop;
    this.batches = batches;
  }

  /**
   * Binds a socket and begins to answer, soon.
   *
   * @param address port 0 takes any free port
   * @param receiveBuffer octets of datagrams that wait to be read
   * @throws IOException when the address cannot be used
   */
  public static BatchSocket bind(
      InetSocketAddress address, int receiveBuffer, IoEventLoop loop, BatchLoop batches)
      throws IOException {
    boolean six = address.getAddress() instanceof Inet6Address;
    LinuxSocket socket = LinuxSocket.newSocketDgram(six);
    BatchSocket bound;
    try {
      socket.setReusePort(true);
      socket.setReceiveBufferSize(receiveBuffer);
      socket.setIntOpt(IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE);
      if (six) {
        socket.setIntOpt(IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE);
      }
      if (address.getAddress().isAnyLocalAddress()) {
        PacketInfo.request(socket, six);
      }
      socket.bind(address);
      bound = new BatchSocket(socket, loop, batches);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    loop.register(bound)
        .addListener(done -> {
          if (done.isSuccess()) {
            bound.begin((IoRegistration) done.getNow());
          } else {
            LOG.log(System.Logger.Level.WARNING, "cannot answer at " + bound.address, done.cause());
            bound.closeSocket();
          }
        });
    return bound;
  }

  private void begin(IoRegistration begun) {
    registration = begun;
    if (closed) {
      begun.cancel();
    } else {
      begun.submit(EpollIoOps.EPOLLIN);
    }
  }

  /** Where it listens, with the real port. */
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  int descriptor() {
    return socket.intValue();
  }

  boolean isOpen() {
    return !closed;
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    serve(MAX_ROUNDS);
  }

  private void serve(int rounds) {
    for (int i = 0; i < rounds && !closed; i++) {
      if (!batches.serve(this, socket.intValue(), anyAddress)) {
        return;
      }
    }
  }

  /**
   * Lets the other sockets of the address have all datagrams that come from now on, answers those
   * that are here, and closes this one. For a server that hands over to its successor.
   *
   * @param patience for answers that have to be looked up
   * @return is done when the socket is closed
   */
  public CompletableFuture<Void> retire(Duration patience) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    long rounds = 1 + patience.dividedBy(RETIRE_ROUND);
    loop.execute(() -> {
      leaveGroup();
      loop.schedule(() -> retire(rounds, done), RETIRE_NANOS, TimeUnit.NANOSECONDS);
    });
    return done;
  }

  private void retire(long rounds, CompletableFuture<Void> done) {
    serve(MAX_LAST_ROUNDS);
    if (rounds > 0 && batches.isWaiting()) {
      loop.schedule(() -> retire(rounds - 1, done), RETIRE_NANOS, TimeUnit.NANOSECONDS);
    } else {
      closeSocket();
      done.complete(null);
    }
  }

  private void leaveGroup() {
    if (closed) {
      return;
    }
    try {
      // The kernel passes over connected sockets when it chooses one for a stranger's datagram.
      InetAddress host = anyAddress ? InetAddress.getLoopbackAddress() : address.getAddress();
      boolean unused = socket.connect(new InetSocketAddress(host, address.getPort()));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "cannot retire " + address + ": " + e);
    }
  }

  /** Answers what waits, and closes the socket; soon. */
  @Override
  public void close() {
    if (loop.inEventLoop()) {
      closeSocket();
    } else if (!loop.isShuttingDown()) {
      loop.execute(this::closeSocket);
    }
  }

  private void closeSocket() {
    if (closed) {
      return;
    }
    serve(MAX_LAST_ROUNDS);
    closed = true;
    if (registration != null) {
      registration.cancel();
    }
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "closing " + address + ": " + e);
    }
  }
}
