// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The kinds of sockets of this machine: epoll where it loads, else NIO. */
enum Transport {
  EPOLL,
  NIO;

  private static final System.Logger LOG = System.getLogger(Transport.class.getName());

  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_CONGESTION = 13;
  private static final int IPPROTO_IPV6 = 41;

  /** The kernel silently discards packets with a lower TTL. */
  private static final int IP_MINTTL = 21;

  private static final int IPV6_MINHOPCOUNT = 73;
  private static final int IP_TRANSPARENT = 19;
  private static final int IPV6_TRANSPARENT = 75;
  private static final IntegerUnixChannelOption TRANSPARENT =
      new IntegerUnixChannelOption("IP_TRANSPARENT", IPPROTO_IP, IP_TRANSPARENT);
  private static final IntegerUnixChannelOption TRANSPARENT_IPV6 =
      new IntegerUnixChannelOption("IPV6_TRANSPARENT", IPPROTO_IPV6, IPV6_TRANSPARENT);

  /** No privilege is needed for it, unlike the two before. */
  private static final int IPV6_FREEBIND = 78;

  private static final IntegerUnixChannelOption FREEBIND_IPV6 =
      new IntegerUnixChannelOption("IPV6_FREEBIND", IPPROTO_IPV6, IPV6_FREEBIND);
  private static final int SOL_SOCKET = 1;

  /** Takes a {@code struct sock_fprog}. */
  private static final int ATTACH_REUSEPORT_CBPF = 51;

  private static final RawUnixChannelOption SO_ATTACH_REUSEPORT_CBPF =
      new RawUnixChannelOption("SO_ATTACH_REUSEPORT_CBPF", SOL_SOCKET, ATTACH_REUSEPORT_CBPF, 16);

  private static final ByteBuffer RENO =
      ByteBuffer.allocateDirect(4).put("reno".getBytes(StandardCharsets.US_ASCII)).flip();

  /** A {@code struct sock_filter}: return 1, the index of the second socket. */
  private static final MemorySegment SECOND_SOCKET = secondSocket();

  private static MemorySegment secondSocket() {
    MemorySegment instruction = Arena.global().allocate(8, 8);
    instruction.set(ValueLayout.JAVA_SHORT, 0, (short) 0x06);
    instruction.set(ValueLayout.JAVA_INT, 4, 1);
    return instruction;
  }

  static Transport available() {
    return Epoll.isAvailable() && nativesMatch() ? EPOLL : NIO;
  }

  /**
   * Natives of another version than the Java classes may load and then fail at the first error
   * number, so ask for one now.
   */
  private static boolean nativesMatch() {
    try {
      return Errors.ERRNO_ENOENT_NEGATIVE < 0;
    } catch (LinkageError e) {
      System.getLogger(Transport.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "epoll natives do not match the Netty classes, falling back to NIO: put"
                  + " netty-transport-native-unix-common of the natives' version on the class path",
              e);
      return false;
    }
  }

  IoHandlerFactory ioHandlers() {
    return this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  ServerChannel newServer() {
    return new NioServerSocketChannel();
  }

  Channel newSocket() {
    return new NioSocketChannel();
  }

  /** A datagram socket whose receive buffers have room for the biggest datagram there is. */
  Channel newDatagram(boolean v4) {
    SocketProtocolFamily family = v4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    Channel channel =
        this == EPOLL ? new EpollDatagramChannel(family) : new NioDatagramChannel(family);
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(65_536));
    return channel;
  }

  /**
   * Makes a listening socket deaf, or lets it hear again: with the highest least TTL no SYN from a
   * client passes, and nobody is told so.
   */
  static void setDeaf(LinuxSocket listener, boolean v4, boolean deaf) {
    try {
      listener.setIntOpt(
          v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MINTTL : IPV6_MINHOPCOUNT, deaf ? 255 : 0);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot drop clients of " + listener, e);
    }
  }

  /**
   * For a connection that does not leave the machine: Reno, which every kernel allows everyone. The
   * system's choice may be one that paces what it sends, and there is nothing to pace for here.
   */
  static void useReno(LinuxSocket socket) throws IOException {
    socket.setRawOpt(IPPROTO_TCP, TCP_CONGESTION, RENO.duplicate());
  }

  /** Lets a socket be bound to an address that is not of this machine; needs CAP_NET_ADMIN. */
  static void useForeignAddress(LinuxSocket socket, boolean v4) throws IOException {
    socket.setIntOpt(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT, 1);
  }

  /** Lets a socket be bound to an IPv6 address that is only routed to this machine. */
  static void useRoutedAddress(LinuxSocket socket) throws IOException {
    socket.setIntOpt(IPPROTO_IPV6, IPV6_FREEBIND, 1);
  }

  /** The same for a datagram socket that is not bound yet. */
  void useRoutedAddress(ChannelConfig socket) {
    if (this == EPOLL) {
      socket.setOption(FREEBIND_IPV6, 1);
    }
  }

  /** As {@link #useForeignAddress(LinuxSocket, boolean)} for one that is not bound yet. */
  void useForeignAddress(ChannelConfig socket, boolean v4) {
    if (this == EPOLL) {
      socket.setOption(UnixChannelOption.SO_REUSEPORT, true);
      socket.setOption(v4 ? TRANSPARENT : TRANSPARENT_IPV6, 1);
    }
  }

  /** Lets another process of the same user bind the address too; to be set before binding. */
  void share(ChannelConfig socket) {
    if (this == EPOLL) {
      socket.setOption(UnixChannelOption.SO_REUSEPORT, true);
    }
  }

  /**
   * Gives an address to the second socket that is bound to it, and so to the successor of the
   * process that has the first one: without that, clients would be spread over both, and those that
   * wait to be accepted when the first one is closed would be lost. With one socket it changes
   * nothing.
   */
  void takeOver(ChannelConfig socket) {
    if (this == EPOLL) {
      socket.setOption(SO_ATTACH_REUSEPORT_CBPF, takeSecond());
    }
  }

  /** The same for a socket without a channel. */
  static void takeOver(LinuxSocket socket) {
    try {
      socket.setRawOpt(SOL_SOCKET, ATTACH_REUSEPORT_CBPF, takeSecond());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot take clients of " + socket + " over", e);
    }
  }

  /** A {@code struct sock_fprog}. */
  private static ByteBuffer takeSecond() {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.nativeOrder())
        .putShort(0, (short) 1)
        .putLong(8, SECOND_SOCKET.address());
  }
}
