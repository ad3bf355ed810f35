// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The address that a datagram was sent to, which a socket that is bound to all addresses has to
 * answer from: IP_PKTINFO and IPV6_PKTINFO.
 */
final class PacketInfo {
  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_RECVPKTINFO = 49;
  private static final int IPV6_PKTINFO = 50;

  private static final int HEADER = 16;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private PacketInfo() {}

  /** Asks for it; a socket of IPv6 tells that of IPv4 too, mapped to IPv6. */
  static void request(LinuxSocket socket, boolean six) throws IOException {
    if (six) {
      socket.setIntOpt(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    } else {
      socket.setIntOpt(IPPROTO_IP, IP_PKTINFO, 1);
    }
  }

  /**
   * Turns what came with a datagram into what goes with the answer. Which interface it came in by
   * does not count, as the way back may be another, but for link-local addresses.
   */
  static void turn(MemorySegment control, long from, long length) {
    long at = from;
    long end = from + length;
    while (at + HEADER <= end) {
      long size = control.get(ValueLayout.JAVA_LONG, at);
      int level = control.get(INT, at + 8);
      int type = control.get(INT, at + 12);
      if (level == IPPROTO_IP && type == IP_PKTINFO) {
        control.set(INT, at + HEADER, 0);
      } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO && !isLinkLocal(control, at)) {
        control.set(INT, at + HEADER + 16, 0);
      }
      at += Math.max(HEADER, (size + 7) & ~7L);
    }
  }

  private static boolean isLinkLocal(MemorySegment control, long at) {
    return control.get(BYTE, at + HEADER) == (byte) 0xfe
        && (control.get(BYTE, at + HEADER + 1) & 0xc0) == 0x80;
  }
}
