// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fairway.service.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** An IPv4 socket of the self-test, with the kernel's own answers. Calls give up after a while. */
final class ProbeSocket implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int ADDRESS_SIZE = 16;
  private static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment address = arena.allocate(ADDRESS_SIZE, 8);
  private final MemorySegment bytes = arena.allocate(64);
  private final int fd;

  private ProbeSocket(int fd) {
    this.fd = fd;
  }

  static ProbeSocket tcp(long timeoutMillis) {
    return open(SOCK_STREAM, timeoutMillis);
  }

  static ProbeSocket udp(long timeoutMillis) {
    return open(SOCK_DGRAM, timeoutMillis);
  }

  private static ProbeSocket open(int type, long timeoutMillis) {
    int fd = LibBpf.check("socket", LibBpf.system("socket", AF_INET, type | CLOEXEC, 0));
    ProbeSocket socket = new ProbeSocket(fd);
    MemorySegment time = socket.arena.allocate(16, 8);
    time.set(JAVA_LONG, 0, timeoutMillis / 1000);
    time.set(JAVA_LONG, 8, timeoutMillis % 1000 * 1000);
    LibBpf.check("timeout", LibBpf.setOption(fd, SOL_SOCKET, SO_RCVTIMEO, time));
    LibBpf.check("timeout", LibBpf.setOption(fd, SOL_SOCKET, SO_SNDTIMEO, time));
    return socket;
  }

  int fd() {
    return fd;
  }

  /** Listens on a port of the kernel's choice. */
  void listen() {
    LibBpf.check("bind", LibBpf.bind(fd, at("127.0.0.1", 0)));
    LibBpf.check("listen", LibBpf.system("listen", fd, 1, 0));
  }

  /** Takes a connection; 0, or the negated error number. */
  int accept() {
    int accepted = LibBpf.accept(fd);
    if (accepted >= 0) {
      LibBpf.closeFile(accepted);
      return 0;
    }
    return accepted;
  }

  /** Connects; 0, or the negated error number. */
  int connect(String host, int port) {
    return LibBpf.address("connect", fd, at(host, port));
  }

  /** Sends a byte to somebody; 0, or the negated error number. */
  int sendTo(String host, int port) {
    return LibBpf.sendTo(fd, bytes.asSlice(0, 1), at(host, port));
  }

  /** Whom the socket believes to talk to. */
  String peer() {
    int result = LibBpf.peer(fd, address);
    return result < 0 ? "error " + -result : text();
  }

  /** Whom the next datagram seems to come from. */
  String sender() {
    int result = LibBpf.receiveFrom(fd, bytes, address);
    return result < 0 ? "error " + -result : text();
  }

  /** Waits for something to read; the count, or the negated error number. */
  int read() {
    return LibBpf.read(fd, bytes);
  }

  private MemorySegment at(String host, int port) {
    address.fill((byte) 0);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
    address.set(NETWORK_SHORT, 2, (short) port);
    address.set(JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), 4, (int) IpAddress.parse(host).lowBits());
    return address;
  }

  private String text() {
    IpAddress ip = IpAddress.ofBytes(address.asSlice(4, 4).toArray(ValueLayout.JAVA_BYTE));
    return ip + ":" + (address.get(NETWORK_SHORT, 2) & 0xffff);
  }

  @Override
  public void close() {
    LibBpf.closeFile(fd);
    arena.close();
  }
}
