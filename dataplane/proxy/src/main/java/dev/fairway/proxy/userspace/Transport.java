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
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.IntegerUnixChannelOption;

/** The kinds of sockets of this machine: epoll where it loads, else NIO. */
enum Transport {
  EPOLL,
  NIO;

  /** IPPROTO_IP, IP_MINTTL: the kernel silently discards packets with a lower TTL. */
  private static final IntegerUnixChannelOption IP_MINTTL =
      new IntegerUnixChannelOption("IP_MINTTL", 0, 21);

  /** IPPROTO_IPV6, IPV6_MINHOPCOUNT. */
  private static final IntegerUnixChannelOption IPV6_MINHOPCOUNT =
      new IntegerUnixChannelOption("IPV6_MINHOPCOUNT", 41, 73);

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
    return this == EPOLL ? new EpollServerSocketChannel() : new NioServerSocketChannel();
  }

  Channel newSocket() {
    return this == EPOLL ? new EpollSocketChannel() : new NioSocketChannel();
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
   *
   * @return false where the transport cannot
   */
  boolean setDeaf(ChannelConfig listener, boolean v4, boolean deaf) {
    return this == EPOLL && listener.setOption(v4 ? IP_MINTTL : IPV6_MINHOPCOUNT, deaf ? 255 : 0);
  }
}
