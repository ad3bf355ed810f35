// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.fairway.service.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sockets that discard whatever comes, so that clients who are to hear nothing hear nothing,
 * neither an acknowledgement nor a refusal. They are bound to a loopback address and a port of the
 * kernel's choice, and of use only to {@link Steering}. Thread-safe.
 */
public final class SilentSockets implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int IPPROTO_IP = 0;
  private static final int IP_MINTTL = 21;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_MINHOPCOUNT = 73;
  private static final int IPV6_FREEBIND = 78;
  private static final int HIGHEST_TTL = 255;

  private final int tcp4;
  private final int tcp6;
  private final int udp4;
  private final int udp6;

  private SilentSockets(int tcp4, int tcp6, int udp4, int udp6) {
    this.tcp4 = tcp4;
    this.tcp6 = tcp6;
    this.udp4 = udp4;
    this.udp6 = udp6;
  }

  /**
   * Opens them; those of a family that the machine does not have are missing.
   *
   * @throws BpfException if there are none for IPv4
   */
  public static SilentSockets open() {
    int tcp4 = LibBpf.check("silent socket", open(AF_INET, SOCK_STREAM));
    int udp4 = LibBpf.check("silent socket", open(AF_INET, SOCK_DGRAM));
    return new SilentSockets(
        tcp4,
        Math.max(-1, open(AF_INET6, SOCK_STREAM)),
        udp4,
        Math.max(-1, open(AF_INET6, SOCK_DGRAM)));
  }

  private static int open(int family, int type) {
    int fd = LibBpf.system("socket", family, type | CLOEXEC, 0);
    if (fd < 0) {
      return fd;
    }
    try (Arena arena = Arena.ofConfined()) {
      // No packet that was ever forwarded, and none that Linux sends, has so high a TTL.
      MemorySegment highest = arena.allocateFrom(JAVA_INT, HIGHEST_TTL);
      boolean six = family == AF_INET6;
      int result =
          LibBpf.setOption(
              fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MINHOPCOUNT : IP_MINTTL, highest);
      if (result >= 0 && type == SOCK_DGRAM) {
        // UDP does not look at the TTL: a few datagrams are kept, and the others thrown away.
        result = LibBpf.setOption(fd, SOL_SOCKET, SO_RCVBUF, arena.allocateFrom(JAVA_INT, 1));
      }
      if (six && result >= 0) {
        // The loopback interface may be without IPv6.
        result = LibBpf.setOption(fd, IPPROTO_IPV6, IPV6_FREEBIND, arena.allocateFrom(JAVA_INT, 1));
      }
      MemorySegment address = arena.allocate(six ? 28 : 16, 4);
      address.set(JAVA_SHORT, 0, (short) family);
      if (six) {
        MapLayouts.putAddress(address, 8, IpAddress.ofIpv6(0, 1));
      } else {
        address.set(JAVA_INT, 4, Integer.reverseBytes(0x7f00_0001));
      }
      result = result < 0 ? result : LibBpf.bind(fd, address);
      if (result >= 0 && type == SOCK_STREAM) {
        result = LibBpf.system("listen", fd, 1, 0);
      }
      if (result < 0) {
        LibBpf.closeFile(fd);
      }
      return result < 0 ? result : fd;
    }
  }

  int tcp4() {
    return tcp4;
  }

  int tcp6() {
    return tcp6;
  }

  int udp4() {
    return udp4;
  }

  int udp6() {
    return udp6;
  }

  @Override
  public void close() {
    for (int fd : new int[] {tcp4, tcp6, udp4, udp6}) {
      if (fd >= 0) {
        LibBpf.closeFile(fd);
      }
    }
  }
}
