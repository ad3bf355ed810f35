// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * TCP clients that the kernel brings (a BPF program of kind sk_lookup): all addresses share one
 * listening socket for each family and event loop, and the local address of a connection says whom
 * it is for. So ten thousand Services cost no more descriptors than one. Thread-safe.
 */
final class Steering {
  private final Map<Frontend, TcpFrontend> frontends = new ConcurrentHashMap<>();
  private final List<Acceptor> acceptors = new ArrayList<>();
  private final SteeringSockets sockets;

  private Steering(ProxyContext context) throws IOException {
    List<Integer> v4 = open(context, "127.0.0.1");
    List<Integer> v6;
    try {
      v6 = open(context, "::1");
    } catch (IOException _) {
      // No IPv6 on this machine.
      v6 = List.of();
    }
    sockets = new SteeringSockets(v4, v6);
  }

  static Steering open(ProxyContext context) throws IOException {
    return new Steering(context);
  }

  /** Sockets that nobody reaches by their own address unless by chance: it is one of loopback. */
  private List<Integer> open(ProxyContext context, String loopback) throws IOException {
    InetAddress address = InetAddress.getByName(loopback);
    boolean v4 = address.getAddress().length == 4;
    List<Integer> descriptors = new ArrayList<>();
    int port = 0;
    for (RelayLoop relay : context.relays()) {
      LinuxSocket socket = LinuxSocket.newSocketStream(!v4);
      EpollListening.prepare(socket, new InetSocketAddress(address, port), true);
      socket.listen(TcpFrontend.BACKLOG);
      port = socket.localAddress().getPort();
      Acceptor acceptor = new Acceptor(context, relay, socket, this::frontendOf);
      acceptors.add(acceptor);
      acceptor.open();
      descriptors.add(socket.intValue());
    }
    return descriptors;
  }

  /** Whom a connection is for; null if nobody answers that address. */
  private @Nullable TcpFrontend frontendOf(LinuxSocket accepted) {
    InetSocketAddress local = accepted.localAddress();
    if (local == null) {
      return null;
    }
    IpAddress address = Addresses.ipAddress(local);
    return frontends.get(new Frontend(address, local.getPort(), Protocol.TCP));
  }

  SteeringSockets sockets() {
    return sockets;
  }

  /** Answers an address. */
  Listening add(TcpFrontend frontend) {
    frontends.put(frontend.frontend, frontend);
    return new Steered(frontend);
  }

  void close() {
    acceptors.forEach(Acceptor::stop);
  }

  /** An address without sockets of its own; who hears nothing is the program's matter. */
  private final class Steered implements Listening {
    private final TcpFrontend frontend;

    Steered(TcpFrontend frontend) {
      this.frontend = frontend;
    }

    @Override
    public void setDeaf(boolean deaf) {}

    @Override
    public void takeOver() {}

    @Override
    public void close() {
      frontends.remove(frontend.frontend, frontend);
    }
  }
}
