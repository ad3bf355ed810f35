// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The listening sockets of a TCP address, one for each event loop: the kernel spreads clients over
 * them (SO_REUSEPORT), so no loop waits for another to accept. An address that is handed over from
 * process to process has one socket only, as the order of sockets says who is the successor; so
 * have those beyond the first {@value #SPREAD_FRONTENDS}, as descriptors are few, and a loop that
 * has more flows than another hands them over.
 */
final class EpollListening implements Listening {
  private static final int SPREAD_FRONTENDS = 512;

  private final List<Acceptor> acceptors;
  private final boolean v4;

  private EpollListening(List<Acceptor> acceptors, boolean v4) {
    this.acceptors = acceptors;
    this.v4 = v4;
  }

  static EpollListening open(TcpFrontend frontend, InetSocketAddress address, boolean deaf)
      throws IOException {
    ProxyContext context = frontend.context;
    boolean v4 = frontend.frontend.address().isV4();
    boolean spread = !context.isShared() && context.metrics().frontends.get() < SPREAD_FRONTENDS;
    List<RelayLoop> relays =
        spread ? context.relays() : List.of(context.relayOf(frontend.frontend));
    boolean reusePort = context.isShared() || relays.size() > 1;
    if (!context.isShared() && reusePort) {
      // Sockets that share let others of the same user share too, so look first who is there.
      LinuxSocket probe = LinuxSocket.newSocketStream(!v4);
      try {
        useRoutedAddress(context, probe, v4);
        bind(probe, address, false);
      } finally {
        RelayLoop.close(probe);
      }
    }
    List<LinuxSocket> sockets = new ArrayList<>(relays.size());
    try {
      for (int i = 0; i < relays.size(); i++) {
        LinuxSocket socket = LinuxSocket.newSocketStream(!v4);
        sockets.add(socket);
        if (Addresses.isLoopback(frontend.frontend.address())) {
          Transport.useReno(socket);
        }
        useRoutedAddress(context, socket, v4);
        prepare(socket, address, reusePort);
        Transport.setDeaf(socket, v4, deaf);
        socket.listen(TcpFrontend.BACKLOG);
      }
    } catch (IOException | ChannelException e) {
      sockets.forEach(RelayLoop::close);
      throw e;
    }
    List<Acceptor> acceptors = new ArrayList<>(sockets.size());
    for (int i = 0; i < sockets.size(); i++) {
      Acceptor acceptor = new Acceptor(context, relays.get(i), sockets.get(i), _ -> frontend);
      acceptors.add(acceptor);
      acceptor.open();
    }
    return new EpollListening(acceptors, v4);
  }

  private static void useRoutedAddress(ProxyContext context, LinuxSocket socket, boolean v4)
      throws IOException {
    if (!v4 && context.options().freeBind()) {
      Transport.useRoutedAddress(socket);
    }
  }

  /** Binds a socket whose options are inherited by what it accepts. */
  static void prepare(LinuxSocket socket, InetSocketAddress address, boolean reusePort)
      throws IOException {
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
    bind(socket, address, reusePort);
  }

  private static void bind(LinuxSocket socket, InetSocketAddress address, boolean reusePort)
      throws IOException {
    socket.setReuseAddress(true);
    if (reusePort) {
      socket.setReusePort(true);
    }
    socket.bind(address);
  }

  @Override
  public void setDeaf(boolean deaf) {
    for (Acceptor acceptor : acceptors) {
      Transport.setDeaf(acceptor.socket(), v4, deaf);
    }
  }

  @Override
  public void takeOver() {
    Transport.takeOver(acceptors.getFirst().socket());
  }

  @Override
  public void close() {
    acceptors.forEach(Acceptor::stop);
  }

  /**
   * The address that {@code accept} wrote: its length, the address, the scope of IPv6, the port.
   */
  static IpAddress address(byte[] accepted) {
    byte[] bytes = new byte[accepted[0] == 8 ? 4 : 16];
    System.arraycopy(accepted, 1, bytes, 0, bytes.length);
    return IpAddress.ofBytes(bytes);
  }

  /** The port that {@code accept} wrote. */
  static int port(byte[] accepted) {
    int end = 1 + accepted[0];
    return (accepted[end - 2] & 0xff) << 8 | (accepted[end - 1] & 0xff);
  }
}
