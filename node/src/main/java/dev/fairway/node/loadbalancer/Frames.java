// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.service.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The Ethernet frames of ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861). */
final class Frames {
  /** EtherType of ARP. */
  static final int ARP = 0x0806;

  /** EtherType of IPv6. */
  static final int IPV6 = 0x86dd;

  private static final int ETHERNET = 14;
  private static final int ARP_LENGTH = 28;
  private static final int IPV6_HEADER = 40;
  private static final int ADVERTISEMENT = 32;
  private static final int ICMPV6 = 58;
  private static final int SOLICIT = 135;
  private static final int ADVERTISE = 136;
  private static final int SOLICITED = 0x40000000;
  private static final int OVERRIDE = 0x20000000;
  private static final int HOP_LIMIT = 255;
  private static final long BROADCAST = 0xffffffffffffL;
  private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
  private static final long ALL_NODES_MAC = 0x333300000001L;

  private Frames() {}

  /** What a frame says. */
  sealed interface Message {}

  /**
   * Somebody asks who has an address.
   *
   * @param from the asking address, of all zeros where it has none yet
   * @param mac where the answer goes
   */
  record Question(IpAddress target, IpAddress from, long mac) implements Message {}

  /** Somebody says that an address is its own. */
  record Claim(IpAddress address, long mac) implements Message {}

  /** What a received frame says; null if it is neither question nor claim, or malformed. */
  static @Nullable Message read(ByteBuffer frame) {
    if (frame.remaining() < ETHERNET) {
      return null;
    }
    int start = frame.position();
    return switch (Short.toUnsignedInt(frame.getShort(start + 12))) {
      case ARP -> readArp(frame, start + ETHERNET);
      case IPV6 -> readNeighbour(frame, start + ETHERNET, mac(frame, start + 6));
      default -> null;
    };
  }

  private static @Nullable Message readArp(ByteBuffer frame, int at) {
    if (frame.limit() - at < ARP_LENGTH
        || frame.getInt(at) != 0x00010800
        || frame.getShort(at + 4) != 0x0604) {
      return null;
    }
    int operation = frame.getShort(at + 6);
    long sender = mac(frame, at + 8);
    IpAddress from = IpAddress.ofIpv4(frame.getInt(at + 14));
    IpAddress target = IpAddress.ofIpv4(frame.getInt(at + 24));
    if (operation == 2 || from.equals(target)) {
      return new Claim(from, sender);
    }
    return operation == 1 ? new Question(target, from, sender) : null;
  }

  private static @Nullable Message readNeighbour(ByteBuffer frame, int at, long sender) {
    int body = at + IPV6_HEADER;
    int available = frame.limit() - body;
    if (available < 24
        || (frame.get(at + 6) & 0xff) != ICMPV6
        || (frame.get(at + 7) & 0xff) != HOP_LIMIT
        || frame.get(body + 1) != 0) {
      return null;
    }
    int length = Short.toUnsignedInt(frame.getShort(at + 4));
    if (length < 24 || length > available || sum(frame, at, length) != 0xffff) {
      return null;
    }
    IpAddress target = address6(frame, body + 8);
    return switch (frame.get(body) & 0xff) {
      case SOLICIT -> new Question(target, address6(frame, at + 8), sender);
      case ADVERTISE -> new Claim(target, sender);
      default -> null;
    };
  }

  /** The answer to a question: the address is at this MAC. */
  static byte[] answer(Question question, long mac) {
    IpAddress from = question.from();
    if (question.target().isV4()) {
      return arp(question.mac(), 2, mac, question.target(), question.mac(), from);
    }
    boolean unspecified = from.highBits() == 0 && from.lowBits() == 0;
    return unspecified
        ? advertisement(ALL_NODES_MAC, ALL_NODES, OVERRIDE, mac, question.target())
        : advertisement(question.mac(), from, SOLICITED | OVERRIDE, mac, question.target());
  }

  /** A gratuitous ARP request: what most hosts update their cache from. */
  static byte[] gratuitousRequest(IpAddress address, long mac) {
    return arp(BROADCAST, 1, mac, address, 0, address);
  }

  /** A gratuitous ARP reply: what the others do. */
  static byte[] gratuitousReply(IpAddress address, long mac) {
    return arp(BROADCAST, 2, mac, address, BROADCAST, address);
  }

  /** An unsolicited neighbour advertisement with the override flag, to all nodes. */
  static byte[] unsolicited(IpAddress address, long mac) {
    return advertisement(ALL_NODES_MAC, ALL_NODES, OVERRIDE, mac, address);
  }

  /** The multicast group in which an IPv6 address is asked for. */
  static IpAddress solicitedNode(IpAddress address) {
    return IpAddress.ofIpv6(
        0xff02000000000000L, 0x00000001ff000000L | (address.lowBits() & 0xffffff));
  }

  private static byte[] arp(
      long to, int operation, long mac, IpAddress sender, long targetMac, IpAddress target) {
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + ARP_LENGTH);
    ethernet(frame, to, mac, ARP);
    frame.putInt(0x00010800).putShort((short) 0x0604).putShort((short) operation);
    putMac(frame, mac);
    frame.put(sender.toBytes());
    putMac(frame, targetMac);
    frame.put(target.toBytes());
    return frame.array();
  }

  private static byte[] advertisement(
      long toMac, IpAddress to, int flags, long mac, IpAddress target) {
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + IPV6_HEADER + ADVERTISEMENT);
    ethernet(frame, toMac, mac, IPV6);
    frame.putInt(0x60000000).putShort((short) ADVERTISEMENT);
    frame.put((byte) ICMPV6).put((byte) HOP_LIMIT);
    frame.put(target.toBytes()).put(to.toBytes());
    frame.put((byte) ADVERTISE).put((byte) 0).putShort((short) 0).putInt(flags);
    frame.put(target.toBytes());
    frame.put((byte) 2).put((byte) 1);
    putMac(frame, mac);
    int checksum = ~sum(frame, ETHERNET, ADVERTISEMENT) & 0xffff;
    frame.putShort(ETHERNET + IPV6_HEADER + 2, (short) checksum);
    return frame.array();
  }

  /**
   * The ones' complement sum of an ICMPv6 message with its pseudo header: 0xffff if it is whole.
   */
  private static int sum(ByteBuffer frame, int header, int length) {
    int sum = length + ICMPV6;
    for (int i = 8; i < IPV6_HEADER; i += 2) {
      sum += Short.toUnsignedInt(frame.getShort(header + i));
    }
    int body = header + IPV6_HEADER;
    for (int i = 0; i + 1 < length; i += 2) {
      sum += Short.toUnsignedInt(frame.getShort(body + i));
    }
    if (length % 2 == 1) {
      sum += (frame.get(body + length - 1) & 0xff) << 8;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return (sum & 0xffff) + (sum >>> 16);
  }

  private static void ethernet(ByteBuffer frame, long to, long from, int type) {
    putMac(frame, to);
    putMac(frame, from);
    frame.putShort((short) type);
  }

  private static void putMac(ByteBuffer frame, long mac) {
    frame.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  private static long mac(ByteBuffer frame, int at) {
    return (long) Short.toUnsignedInt(frame.getShort(at)) << 32
        | Integer.toUnsignedLong(frame.getInt(at + 2));
  }

  private static IpAddress address6(ByteBuffer frame, int at) {
    return IpAddress.ofIpv6(frame.getLong(at), frame.getLong(at + 8));
  }
}
