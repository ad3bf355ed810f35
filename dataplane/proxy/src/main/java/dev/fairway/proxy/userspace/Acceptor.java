// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the clients of one listening socket. Without descriptors {@link SilentFlows} make room;
 * if there are none it pauses, and clients wait in the kernel's queue. Confined to its event loop,
 * but for {@link #open} and {@link #stop}.
 */
final class Acceptor extends ListeningHandle {
  private static final System.Logger LOG = System.getLogger(Acceptor.class.getName());

  /** The kernel tells of errors in any case; with no interest at all Netty could not resume. */
  private static final EpollIoOps NOTHING = EpollIoOps.EPOLLERR;

  private static final int MAX_ACCEPTS = 16;
  private static final long PAUSE_MILLIS = 100;
  private static final long WARNING_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ProxyContext context;
  private final Function<LinuxSocket, @Nullable TcpFrontend> frontendOf;
  private final byte[] accepted = new byte[26];
  private long nextWarning;

  /**
   * An acceptor that is not open yet.
   *
   * @param frontendOf whom an accepted socket is for; null for nobody, then it is reset
   */
  Acceptor(
      ProxyContext context,
      RelayLoop relay,
      LinuxSocket socket,
      Function<LinuxSocket, @Nullable TcpFrontend> frontendOf) {
    super(relay, socket);
    this.context = context;
    this.frontendOf = frontendOf;
    nextWarning = context.nanoTime();
  }

  /** The kernel refuses clients from now on, and the address may be bound again. */
  @Override
  void stop() {
    try {
      socket().shutdown(true, true);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "shutdown of {0}: {1}", socket(), e.getMessage());
    }
    super.stop();
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    for (int i = 0; i < MAX_ACCEPTS && !isClosed(); i++) {
      int fd;
      try {
        fd = socket().accept(accepted);
      } catch (IOException e) {
        onFailure(e);
        return;
      }
      if (fd < 0) {
        return;
      }
      accept(
          LinuxSocket.newSocket(fd),
          EpollListening.address(accepted),
          EpollListening.port(accepted));
    }
  }

  private void accept(LinuxSocket client, IpAddress address, int port) {
    TcpFrontend frontend = frontendOf.apply(client);
    if (frontend == null) {
      RelayLoop.reset(client);
      return;
    }
    RelayLoop target = context.relayFor(relay());
    if (target.equals(relay()) || target.loop().isShuttingDown()) {
      new EpollFlow(frontend, relay(), client, address, port).open();
    } else {
      target.loop().execute(() -> new EpollFlow(frontend, target, client, address, port).open());
    }
  }

  private void onFailure(IOException failure) {
    IoRegistration active = registration();
    if (active == null || !isExhaustion(failure)) {
      return;
    }
    if (relay().silent().makeRoomNow()) {
      // Those who wait are seen again in the next round, when the descriptors are free.
      return;
    }
    active.submit(NOTHING);
    relay()
        .loop()
        .schedule(
            () -> {
              if (!isClosed()) {
                active.submit(EpollIoOps.EPOLLIN);
              }
            },
            PAUSE_MILLIS,
            TimeUnit.MILLISECONDS);
    long now = context.nanoTime();
    if (now - nextWarning >= 0) {
      nextWarning = now + WARNING_PAUSE_NANOS;
      LOG.log(
          System.Logger.Level.WARNING,
          "accepting pauses socket={0}: {1}",
          socket(),
          failure.getMessage());
    }
  }

  /** Whether the process or the machine has no more to give: ENFILE, EMFILE, ENOBUFS, ENOMEM. */
  static boolean isExhaustion(IOException failure) {
    return failure instanceof NativeIoException e
        && switch (-e.expectedErr()) {
          case 12, 23, 24, 105 -> true;
          default -> false;
        };
  }
}
