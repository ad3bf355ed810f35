// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Maps that are sets: of addresses and of ranges. A key is kept as the bytes it has in the map. */
final class KeyedRanges {
  private static final int MAPPED_BITS = 96;
  private static final long RANGE_ADDRESS = MapLayouts.offset(MapLayouts.RANGE_KEY, "addr");
  private static final long SOURCE_ID = MapLayouts.offset(MapLayouts.SOURCE_RANGE_KEY, "port_id");
  private static final long SOURCE_ADDRESS = MapLayouts.offset(MapLayouts.SOURCE_RANGE_KEY, "addr");

  private KeyedRanges() {}

  /** The key of an address. */
  static ByteBuffer address(IpAddress address) {
    ByteBuffer key = ByteBuffer.allocate(16);
    MapLayouts.putAddress(MemorySegment.ofBuffer(key), 0, address);
    return key;
  }

  /** The key of a range: {@code struct range_key}. */
  static ByteBuffer range(IpPrefix range) {
    ByteBuffer key = ByteBuffer.allocate((int) MapLayouts.RANGE_KEY.byteSize());
    MemorySegment at = MemorySegment.ofBuffer(key);
    at.set(JAVA_INT_UNALIGNED, 0, bits(range));
    MapLayouts.putAddress(at, RANGE_ADDRESS, range.address());
    return key;
  }

  /** The key of a range of clients of one port: {@code struct source_range_key}. */
  static ByteBuffer sourceRange(long portId, IpPrefix range) {
    ByteBuffer key = ByteBuffer.allocate((int) MapLayouts.SOURCE_RANGE_KEY.byteSize());
    MemorySegment at = MemorySegment.ofBuffer(key);
    at.set(JAVA_INT_UNALIGNED, 0, Long.SIZE + bits(range));
    at.set(JAVA_LONG_UNALIGNED, SOURCE_ID, portId);
    MapLayouts.putAddress(at, SOURCE_ADDRESS, range.address());
    return key;
  }

  private static int bits(IpPrefix range) {
    return range.address().isV4() ? MAPPED_BITS + range.length() : range.length();
  }

  /** Makes a map have just these keys; keys come before others go. */
  static void replace(BpfMap map, Set<ByteBuffer> wanted) {
    Set<ByteBuffer> present = new HashSet<>();
    map.forEach((key, _) -> present.add(ByteBuffer.wrap(key.toArray(JAVA_BYTE))));
    Set<ByteBuffer> fresh = new HashSet<>(wanted);
    fresh.removeAll(present);
    putAll(map, fresh);
    present.removeAll(wanted);
    removeAll(map, present);
  }

  /** Adds keys. */
  static void putAll(BpfMap map, Collection<ByteBuffer> keys) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(JAVA_INT_UNALIGNED, 1);
      for (ByteBuffer key : keys) {
        map.put(arena.allocateFrom(JAVA_BYTE, key.array()), value);
      }
    }
  }

  /** Removes keys. */
  static void removeAll(BpfMap map, Collection<ByteBuffer> keys) {
    try (Arena arena = Arena.ofConfined()) {
      for (ByteBuffer key : keys) {
        map.remove(arena.allocateFrom(JAVA_BYTE, key.array()));
      }
    }
  }
}
