// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import io.netty.channel.ChannelException;
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
 * Clients that the kernel brings (a BPF program of kind sk_lookup): all addresses share one
 * listening socket for each protocol, family and event loop, and the local address of a connection
 * or datagram says whom it is for. So ten thousand Services cost no more descriptors than one.
 * Thread-safe.
 */
final class Steering {
  /** Who hears nothing is the program's matter, and so is who is refused. */
  static final Listening LISTENING =
      new Listening() {
        @Override
        public void setDeaf(boolean deaf) {}

        @Override
        public void takeOver() {}

        @Override
        public void close() {}
      };

  private final Map<Frontend, FrontendSlot> slots = new ConcurrentHashMap<>();
  private final List<Acceptor> acceptors = new ArrayList<>();
  private final List<DatagramReader> readers = new ArrayList<>();
  private final ProxyContext context;
  private final SteeringSockets sockets;

  private Steering(ProxyContext context) throws IOException {
    this.context = context;
    List<Integer> tcp4 = listen("127.0.0.1");
    List<Integer> udp4 = receive("127.0.0.1");
    List<Integer> tcp6;
    List<Integer> udp6;
    try {
      tcp6 = listen("::1");
      udp6 = receive("::1");
    } catch (IOException | ChannelException _) {
      // No IPv6 on this machine.
      tcp6 = List.of();
      udp6 = List.of();
    }
    sockets = new SteeringSockets(tcp4, tcp6, udp4, udp6);
  }

  static Steering open(ProxyContext context) throws IOException {
    return new Steering(context);
  }

  /** Sockets that nobody reaches by their own address unless by chance: it is one of loopback. */
  private List<Integer> listen(String loopback) throws IOException {
    InetAddress address = InetAddress.getByName(loopback);
    List<Integer> descriptors = new ArrayList<>();
    int port = 0;
    for (RelayLoop relay : context.relays()) {
      boolean six = address.getAddress().length != 4;
      LinuxSocket socket = LinuxSocket.newSocketStream(six);
      if (six) {
        // The loopback interface may be without IPv6.
        Transport.useRoutedAddress(socket);
      }
      EpollListening.prepare(socket, new InetSocketAddress(address, port), true);
      socket.listen(TcpFrontend.BACKLOG);
      port = socket.localAddress().getPort();
      Acceptor acceptor = new Acceptor(context, relay, socket, this::tcpOf);
      acceptors.add(acceptor);
      acceptor.open();
      descriptors.add(socket.intValue());
    }
    return descriptors;
  }

  private List<Integer> receive(String loopback) throws IOException {
    InetAddress address = InetAddress.getByName(loopback);
    List<Integer> descriptors = new ArrayList<>();
    int port = 0;
    for (RelayLoop relay : context.relays()) {
      DatagramReader reader =
          DatagramReader.bind(context, relay, new InetSocketAddress(address, port), this::udpOf);
      port = reader.port();
      readers.add(reader);
      reader.open();
      descriptors.add(reader.fd().intValue());
    }
    return descriptors;
  }

  /** Whom a connection is for; null if nobody answers that address. */
  private @Nullable TcpFrontend tcpOf(LinuxSocket accepted) {
    InetSocketAddress local = accepted.localAddress();
    if (local == null) {
      return null;
    }
    IpAddress address = Addresses.ipAddress(local);
    return slots.get(new Frontend(address, local.getPort(), Protocol.TCP)) instanceof TcpFrontend f
        ? f
        : null;
  }

  private @Nullable UdpFrontend udpOf(IpAddress address, int port) {
    return slots.get(new Frontend(address, port, Protocol.UDP)) instanceof UdpFrontend f ? f : null;
  }

  SteeringSockets sockets() {
    return sockets;
  }

  /**
   * Brings the clients of its address to a slot from now on: at once, as the program may bring the
   * first of them before the slot's event loop comes to it.
   */
  void add(FrontendSlot slot) {
    slots.put(slot.frontend, slot);
  }

  /** Brings it no more clients. */
  void remove(FrontendSlot slot) {
    slots.remove(slot.frontend, slot);
  }

  void close() {
    acceptors.forEach(Acceptor::stop);
    readers.forEach(DatagramReader::stop);
  }
}
