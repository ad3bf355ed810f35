// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.fairway.service.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** {@code struct sockaddr_in} and {@code struct sockaddr_in6}. */
final class SocketAddresses {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private SocketAddresses() {}

  /** Writes an address of its own family and returns its length. */
  static int write(MemorySegment to, IpAddress address, int port) {
    to.set(SHORT, 2, (short) port);
    if (address.isV4()) {
      to.set(JAVA_SHORT, 0, (short) LinuxSockets.AF_INET);
      to.set(INT, 4, (int) address.lowBits());
      to.set(LONG, 8, 0);
      return 16;
    }
    to.set(JAVA_SHORT, 0, (short) LinuxSockets.AF_INET6);
    to.set(INT, 4, 0);
    to.set(LONG, 8, address.highBits());
    to.set(LONG, 16, address.lowBits());
    to.set(INT, 24, 0);
    return 28;
  }

  /** Reads an address; an IPv4 address in IPv6 form becomes an IPv4 address. */
  static IpAddress read(MemorySegment from) {
    if (from.get(JAVA_SHORT, 0) == LinuxSockets.AF_INET) {
      return IpAddress.ofIpv4(from.get(INT, 4));
    }
    long high = from.get(LONG, 8);
    long low = from.get(LONG, 16);
    return high == 0 && low >>> 32 == 0xffff
        ? IpAddress.ofIpv4((int) low)
        : IpAddress.ofIpv6(high, low);
  }

  static int readPort(MemorySegment from) {
    return Short.toUnsignedInt(from.get(SHORT, 2));
  }
}
