// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.fairway.service.IpAddress;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** The structures of {@code layout.h}, and addresses and ports as they are kept there. */
final class MapLayouts {
  private static final ValueLayout.OfLong NETWORK_LONG =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NETWORK_INT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort NETWORK_SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** The upper half of the lower half of an IPv4 address that is mapped into IPv6. */
  private static final long MAPPED = 0xffff_0000_0000L;

  static final StructLayout FRONTEND_KEY =
      struct(
          "frontend_key",
          addr("addr"),
          NETWORK_SHORT.withName("port"),
          JAVA_BYTE.withName("protocol"),
          JAVA_BYTE.withName("zero"));

  static final StructLayout FRONTEND =
      struct(
          "frontend",
          JAVA_LONG_UNALIGNED.withName("port_id"),
          JAVA_INT_UNALIGNED.withName("set"),
          JAVA_INT_UNALIGNED.withName("size"),
          JAVA_INT_UNALIGNED.withName("affinity_seconds"),
          JAVA_BYTE.withName("verdict"),
          JAVA_BYTE.withName("inside"),
          JAVA_BYTE.withName("outside"),
          JAVA_BYTE.withName("kind"),
          JAVA_INT_UNALIGNED.withName("flags"),
          JAVA_INT_UNALIGNED.withName("zero"));

  static final StructLayout BACKEND = backend("backend");

  /** Backends of one element of the map of groups. */
  static final int GROUP_SIZE = 8;

  static final StructLayout GROUP_KEY =
      struct("group_key", JAVA_INT_UNALIGNED.withName("set"), JAVA_INT_UNALIGNED.withName("group"));

  static final StructLayout GROUP =
      struct("group", MemoryLayout.sequenceLayout(GROUP_SIZE, BACKEND).withName("backends"));

  static final StructLayout MEMBER_KEY =
      struct("member_key", JAVA_INT_UNALIGNED.withName("set"), backend("backend"));

  static final StructLayout AFFINITY_KEY =
      struct(
          "affinity_key",
          JAVA_LONG_UNALIGNED.withName("port_id"),
          addr("client"),
          JAVA_INT_UNALIGNED.withName("kind"),
          JAVA_INT_UNALIGNED.withName("zero"));

  static final StructLayout AFFINITY =
      struct(
          "affinity",
          JAVA_LONG_UNALIGNED.withName("last_used_ns"),
          backend("backend"),
          JAVA_INT_UNALIGNED.withName("zero"));

  static final StructLayout RANGE_KEY =
      struct("range_key", JAVA_INT_UNALIGNED.withName("length"), addr("addr"));

  static final StructLayout SOURCE_RANGE_KEY =
      struct(
          "source_range_key",
          JAVA_INT_UNALIGNED.withName("length"),
          JAVA_LONG_UNALIGNED.withName("port_id"),
          addr("addr"));

  static final StructLayout SKIP_KEY =
      struct("skip_key", JAVA_LONG_UNALIGNED.withName("id"), JAVA_LONG_UNALIGNED.withName("kind"));

  static final StructLayout SETTINGS =
      struct(
          "settings",
          JAVA_INT_UNALIGNED.withName("flags"),
          JAVA_INT_UNALIGNED.withName("listeners"));

  static final StructLayout VICTIM_KEY =
      struct(
          "victim_key",
          JAVA_LONG_UNALIGNED.withName("port_id"),
          backend("backend"),
          JAVA_INT_UNALIGNED.withName("zero"));

  private MapLayouts() {}

  /** All of them, for the test that compares them with those of the programs. */
  static List<StructLayout> all() {
    return List.of(
        FRONTEND_KEY,
        FRONTEND,
        BACKEND,
        GROUP_KEY,
        GROUP,
        MEMBER_KEY,
        AFFINITY_KEY,
        AFFINITY,
        RANGE_KEY,
        SOURCE_RANGE_KEY,
        SKIP_KEY,
        SETTINGS,
        VICTIM_KEY);
  }

  private static StructLayout struct(String name, MemoryLayout... members) {
    return MemoryLayout.structLayout(members).withName(name);
  }

  private static StructLayout backend(String name) {
    return struct(
        name, addr("addr"), NETWORK_SHORT.withName("port"), JAVA_SHORT_UNALIGNED.withName("zero"));
  }

  private static MemoryLayout addr(String name) {
    return MemoryLayout.sequenceLayout(16, JAVA_BYTE).withName(name);
  }

  /** The offset of a member of a structure. */
  static long offset(StructLayout of, String member) {
    return of.byteOffset(MemoryLayout.PathElement.groupElement(member));
  }

  static void putAddress(MemorySegment at, long offset, IpAddress address) {
    if (address.isV4()) {
      putIpv4(at, offset, (int) address.lowBits());
    } else {
      at.set(NETWORK_LONG, offset, address.highBits());
      at.set(NETWORK_LONG, offset + 8, address.lowBits());
    }
  }

  static void putIpv4(MemorySegment at, long offset, int bits) {
    at.set(NETWORK_LONG, offset, 0);
    at.set(NETWORK_LONG, offset + 8, MAPPED | (bits & 0xffff_ffffL));
  }

  static IpAddress address(MemorySegment at, long offset) {
    return IpAddress.ofIpv6(at.get(NETWORK_LONG, offset), at.get(NETWORK_LONG, offset + 8));
  }

  /** A port with the two bytes that follow it, in one step: there are many of these. */
  static void putPort(MemorySegment at, long offset, int port, int next, int last) {
    putBytes(at, offset, port >>> 8, port, next, last);
  }

  /** Four bytes in one step. */
  static void putBytes(
      MemorySegment at, long offset, int first, int second, int third, int fourth) {
    at.set(
        NETWORK_INT,
        offset,
        (first & 0xff) << 24 | (second & 0xff) << 16 | (third & 0xff) << 8 | (fourth & 0xff));
  }

  static int port(MemorySegment at, long offset) {
    return at.get(NETWORK_SHORT, offset) & 0xffff;
  }
}
