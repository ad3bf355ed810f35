// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.fairway.service.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A socket as the C library has it, of the family that the test wants and with the kernel's own
 * answers. Calls give up after a short time.
 */
final class NativeSocket implements AutoCloseable {
  static final int ECONNABORTED = 103;
  static final int ECONNREFUSED = 111;
  static final int EHOSTUNREACH = 113;
  static final int ENETUNREACH = 101;
  static final int EAGAIN = 11;
  static final int EINPROGRESS = 115;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int ADDRESS_SIZE = 28;
  private static final int MAPPED_OFFSET = 8;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SOCKET =
      handle("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle CONNECT =
      handle("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle GETPEERNAME =
      handle("getpeername", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle GETSOCKNAME =
      handle("getsockname", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle BIND = handle("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle LISTEN = handle("listen", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle ACCEPT = handle("accept", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle SENDTO =
      handle("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RECVFROM =
      handle("recvfrom", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle SETSOCKOPT =
      handle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);

  /** Closing a shared one would stop all threads for a moment. */
  private final Arena arena = Arena.ofAuto();

  private final MemorySegment state = arena.allocate(STATE);
  private final MemorySegment address = arena.allocate(ADDRESS_SIZE, 8);
  private final MemorySegment buffer = arena.allocate(2048, 8);
  private final boolean six;
  private final boolean stream;
  private final int fd;

  private NativeSocket(boolean six, int type) {
    this.six = six;
    this.stream = type == SOCK_STREAM;
    try {
      fd = (int) SOCKET.invokeExact(state, six ? AF_INET6 : AF_INET, type, 0);
      // SO_REUSEADDR
      int _ = (int) SETSOCKOPT.invokeExact(state, fd, 1, 2, arena.allocateFrom(JAVA_INT, 1), 4);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    patience(300);
  }

  /** How long calls wait in milliseconds, 0 for ever. */
  NativeSocket patience(int millis) {
    try {
      // SO_RCVTIMEO and SO_SNDTIMEO with a struct timeval
      MemorySegment time = arena.allocate(16, 8);
      time.set(JAVA_LONG, 0, millis / 1000);
      time.set(JAVA_LONG, 8, millis % 1000 * 1000L);
      for (int option : new int[] {20, 21}) {
        int _ = (int) SETSOCKOPT.invokeExact(state, fd, 1, option, time, 16);
      }
      return this;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  static NativeSocket tcp4() {
    return new NativeSocket(false, SOCK_STREAM);
  }

  static NativeSocket tcp6() {
    return new NativeSocket(true, SOCK_STREAM);
  }

  static NativeSocket udp4() {
    return new NativeSocket(false, SOCK_DGRAM);
  }

  static NativeSocket udp6() {
    return new NativeSocket(true, SOCK_DGRAM);
  }

  int fd() {
    return fd;
  }

  /** Gives the client an address; 0, or the error number. */
  int comeFrom(String host) {
    try {
      int length = write(host, 0);
      return (int) BIND.invokeExact(state, fd, address, length) == 0 ? 0 : errno();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Binds, and listens if this is TCP; 0, or the error number. */
  int serve(String host, int port) {
    try {
      int length = write(host, port);
      int result = (int) BIND.invokeExact(state, fd, address, length);
      if (result == 0 && stream) {
        result = (int) LISTEN.invokeExact(state, fd, 16);
      }
      return result == 0 ? 0 : errno();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Takes a connection and says something to it; 0, or the error number. */
  int greet(String text) {
    try {
      int accepted = (int) ACCEPT.invokeExact(state, fd, MemorySegment.NULL, MemorySegment.NULL);
      if (accepted < 0) {
        return errno();
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer, 0, bytes.length);
      long _ =
          (long)
              SENDTO.invokeExact(
                  state, accepted, buffer, (long) bytes.length, 0x4000, MemorySegment.NULL, 0);
      return (int) CLOSE.invokeExact(state, accepted);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Takes a connection, and says to which address it was made, or the error number. */
  String accept() {
    try {
      int accepted = (int) ACCEPT.invokeExact(state, fd, MemorySegment.NULL, MemorySegment.NULL);
      if (accepted < 0) {
        return "error " + errno();
      }
      MemorySegment length = arena.allocateFrom(JAVA_INT, ADDRESS_SIZE);
      int _ = (int) GETSOCKNAME.invokeExact(state, accepted, address, length);
      int _ = (int) CLOSE.invokeExact(state, accepted);
      return read();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private int write(String host, int port) {
    IpAddress ip = IpAddress.parse(host);
    address.fill((byte) 0);
    address.set(JAVA_SHORT, 0, (short) (six ? AF_INET6 : AF_INET));
    address.set(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) port);
    if (six) {
      MapLayouts.putAddress(address, MAPPED_OFFSET, ip);
      return ADDRESS_SIZE;
    }
    MemorySegment.copy(MemorySegment.ofArray(ip.toBytes()), 0, address, 4, 4);
    return 16;
  }

  private String read() {
    int port = MapLayouts.port(address, 2);
    IpAddress ip =
        six
            ? MapLayouts.address(address, MAPPED_OFFSET)
            : IpAddress.ofBytes(
                address.asSlice(4, 4).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    return (ip.isV4() ? ip.toString() : "[" + ip + "]") + ":" + port;
  }

  private int errno() {
    return (int) ERRNO.get(state, 0L);
  }

  /** 0, or the error number. */
  int connect(String host, int port) {
    try {
      int length = write(host, port);
      return (int) CONNECT.invokeExact(state, fd, address, length) == 0 ? 0 : errno();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Whom the socket believes to talk to. */
  String peer() {
    try {
      MemorySegment length = arena.allocateFrom(JAVA_INT, ADDRESS_SIZE);
      int result = (int) GETPEERNAME.invokeExact(state, fd, address, length);
      return result == 0 ? read() : "error " + errno();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a datagram to somebody; 0, or the error number. */
  int sendTo(String host, int port, String text) {
    int length = write(host, port);
    return send(text, address, length);
  }

  /** Sends to whom the socket is connected; 0, or the error number. */
  int send(String text) {
    return send(text, MemorySegment.NULL, 0);
  }

  private int send(String text, MemorySegment to, int length) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer, 0, bytes.length);
      long result =
          (long) SENDTO.invokeExact(state, fd, buffer, (long) bytes.length, 0x4000, to, length);
      return result < 0 ? errno() : 0;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** {@code text from address:port}, or {@code error} and its number. */
  String receive() {
    try {
      MemorySegment length = arena.allocateFrom(JAVA_INT, ADDRESS_SIZE);
      long result =
          (long) RECVFROM.invokeExact(state, fd, buffer, buffer.byteSize(), 0, address, length);
      if (result < 0) {
        return "error " + errno();
      }
      byte[] bytes = buffer.asSlice(0, result).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      String text = new String(bytes, StandardCharsets.UTF_8);
      return length.get(JAVA_INT, 0) == 0 ? text : text + " from " + read();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    try {
      int _ = (int) CLOSE.invokeExact(state, fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
