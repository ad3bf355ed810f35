// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads datagrams that were sent to any address, with the address that each was sent to; Netty
 * tells that of IPv4 only. Confined to its event loop, but for {@link #open} and {@link #stop}.
 */
final class DatagramReader extends ListeningHandle {

  /** Datagrams read before others have their turn. */
  private static final int MAX_READS = 64;

  private static final int BIGGEST_DATAGRAM = 65_536;
  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IP_RECVORIGDSTADDR = 20;
  private static final int IPV6_RECVORIGDSTADDR = 74;
  private static final int DONT_WAIT = 0x40;
  private static final int AF_INET6 = 10;
  private static final int ADDRESS_SIZE = 28;
  private static final int CONTROL_SIZE = 64;
  private static final int CONTROL_HEADER = 16;

  /** Offsets in {@code struct msghdr} of 64-bit machines. */
  private static final int NAME_LENGTH = 8;

  private static final int VECTORS = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int MESSAGE_SIZE = 56;

  private static final MethodHandle RECVMSG =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("recvmsg"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT));

  /** Whom a datagram is for. */
  @FunctionalInterface
  interface Recipients {
    /** Null if nobody answers that address. */
    @Nullable UdpFrontend of(IpAddress address, int port);
  }

  private final ProxyContext context;
  private final Recipients recipients;
  private final int port;
  private final MemorySegment message;
  private final ByteBuffer sender;
  private final ByteBuffer control;
  private final ByteBuffer content;

  private DatagramReader(
      ProxyContext context, RelayLoop relay, LinuxSocket socket, Recipients recipients) {
    super(relay, socket);
    this.context = context;
    this.recipients = recipients;
    port = socket.localAddress().getPort();
    Arena arena = Arena.ofAuto();
    MemorySegment name = arena.allocate(ADDRESS_SIZE, 8);
    MemorySegment ancillary = arena.allocate(CONTROL_SIZE, 8);
    MemorySegment bytes = arena.allocate(BIGGEST_DATAGRAM, 64);
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(ValueLayout.ADDRESS, 0, bytes);
    vector.set(ValueLayout.JAVA_LONG, 8, BIGGEST_DATAGRAM);
    message = arena.allocate(MESSAGE_SIZE, 8);
    message.set(ValueLayout.ADDRESS, 0, name);
    message.set(ValueLayout.ADDRESS, VECTORS, vector);
    message.set(ValueLayout.JAVA_LONG, VECTOR_COUNT, 1);
    message.set(ValueLayout.ADDRESS, CONTROL, ancillary);
    // The segments that the kernel knows by address only live as long as these buffers.
    sender = name.asByteBuffer().order(ByteOrder.nativeOrder());
    control = ancillary.asByteBuffer().order(ByteOrder.nativeOrder());
    content = bytes.asByteBuffer();
  }

  /** A socket that shares its address with those of the other event loops. */
  static DatagramReader bind(
      ProxyContext context, RelayLoop relay, InetSocketAddress address, Recipients recipients)
      throws IOException {
    boolean six = address.getAddress() instanceof Inet6Address;
    LinuxSocket socket = LinuxSocket.newSocketDgram(six);
    try {
      socket.setReusePort(true);
      if (six) {
        socket.setIntOpt(IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1);
        Transport.useRoutedAddress(socket);
      } else {
        socket.setIntOpt(IPPROTO_IP, IP_RECVORIGDSTADDR, 1);
      }
      socket.bind(address);
      return new DatagramReader(context, relay, socket, recipients);
    } catch (IOException e) {
      RelayLoop.close(socket);
      throw e;
    }
  }

  int port() {
    return port;
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    for (int i = 0; i < MAX_READS && !isClosed(); i++) {
      int length = read();
      if (length < 0) {
        // Nothing is left, or an error of a single datagram: the next event tells.
        return;
      }
      pass(length);
    }
  }

  private int read() {
    message.set(ValueLayout.JAVA_INT, NAME_LENGTH, ADDRESS_SIZE);
    message.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, CONTROL_SIZE);
    try {
      return (int) (long) RECVMSG.invokeExact(socket().intValue(), message, DONT_WAIT);
    } catch (Throwable e) {
      throw new IllegalStateException("recvmsg", e);
    }
  }

  private void pass(int length) {
    UdpFrontend frontend = recipient();
    InetSocketAddress client = frontend == null ? null : sender();
    if (frontend == null || client == null) {
      context.metrics().udpDropped.increment();
      return;
    }
    ByteBuf datagram = ByteBufAllocator.DEFAULT.directBuffer(length);
    datagram.writeBytes(content.clear().limit(length));
    if (frontend.loop.inEventLoop()) {
      frontend.consume(client, datagram);
    } else if (frontend.loop.isShuttingDown()) {
      datagram.release();
    } else {
      frontend.loop.execute(() -> frontend.consume(client, datagram));
    }
  }

  /** By the address that the datagram was sent to. */
  private @Nullable UdpFrontend recipient() {
    long end = message.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH);
    int at = 0;
    while (at + CONTROL_HEADER <= end) {
      long length = control.getLong(at);
      int level = control.getInt(at + 8);
      int type = control.getInt(at + 12);
      if ((level == IPPROTO_IP && type == IP_RECVORIGDSTADDR)
          || (level == IPPROTO_IPV6 && type == IPV6_RECVORIGDSTADDR)) {
        int from = at + CONTROL_HEADER;
        return recipients.of(address(control, from), port(control, from));
      }
      at += (int) Math.max(CONTROL_HEADER, (length + 7) & ~7);
    }
    return null;
  }

  private @Nullable InetSocketAddress sender() {
    IpAddress address = address(sender, 0);
    int scope = sender.getShort(0) == AF_INET6 ? sender.getInt(24) : 0;
    try {
      InetAddress host =
          scope == 0
              ? InetAddress.getByAddress(address.toBytes())
              : Inet6Address.getByAddress(null, address.toBytes(), scope);
      return new InetSocketAddress(host, port(sender, 0));
    } catch (UnknownHostException _) {
      // An address has 4 or 16 bytes.
      return null;
    }
  }

  /** The address in a {@code struct sockaddr_in} or {@code sockaddr_in6}. */
  private static IpAddress address(ByteBuffer in, int at) {
    boolean six = in.getShort(at) == AF_INET6;
    byte[] bytes = new byte[six ? 16 : 4];
    in.get(at + (six ? 8 : 4), bytes);
    return IpAddress.ofBytes(bytes);
  }

  private static int port(ByteBuffer in, int at) {
    return (in.get(at + 2) & 0xff) << 8 | (in.get(at + 3) & 0xff);
  }
}
