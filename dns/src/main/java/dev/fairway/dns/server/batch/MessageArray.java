// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An array of struct mmsghdr outside the heap, each with a buffer, an address and ancillary data of
 * its own. Confined to one event loop.
 */
final class MessageArray {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final long V4_MAPPED = 0xffff_0000_0000L;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt NETWORK_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NETWORK_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

  /** Offsets in struct mmsghdr. */
  private static final int NAME = 0;

  private static final int NAME_LENGTH = 8;
  private static final int VECTORS = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int LENGTH = 56;
  private static final int HEADER_SIZE = 64;

  private static final int VECTOR_SIZE = 16;
  private static final int NAME_SIZE = 32;
  private static final int CONTROL_SIZE = 64;

  private final int count;
  private final int bufferSize;
  private final MemorySegment headers;
  private final MemorySegment vectors;
  private final MemorySegment names;
  private final MemorySegment controls;
  private final MemorySegment buffers;

  MessageArray(int count, int bufferSize) {
    this.count = count;
    this.bufferSize = bufferSize;
    Arena arena = Arena.ofAuto();
    headers = arena.allocate((long) count * HEADER_SIZE, 64);
    vectors = arena.allocate((long) count * VECTOR_SIZE, 64);
    names = arena.allocate((long) count * NAME_SIZE, 64);
    controls = arena.allocate((long) count * CONTROL_SIZE, 64);
    buffers = arena.allocate((long) count * bufferSize, 64);
    for (int i = 0; i < count; i++) {
      long header = header(i);
      headers.set(LONG, header + NAME, names.address() + (long) i * NAME_SIZE);
      headers.set(LONG, header + VECTORS, vectors.address() + (long) i * VECTOR_SIZE);
      headers.set(LONG, header + VECTOR_COUNT, 1);
      headers.set(LONG, header + CONTROL, controls.address() + control(i));
      vectors.set(LONG, (long) i * VECTOR_SIZE, buffers.address() + (long) i * bufferSize);
    }
  }

  int count() {
    return count;
  }

  int bufferSize() {
    return bufferSize;
  }

  /** The address of the array. */
  long address() {
    return headers.address();
  }

  /** The address of one message of it. */
  long address(int i) {
    return headers.address() + header(i);
  }

  /**
   * Makes room for the next datagrams in the first {@code used} messages.
   *
   * @param ancillary whether ancillary data is wanted
   */
  void clear(int used, boolean ancillary) {
    for (int i = 0; i < used; i++) {
      long header = header(i);
      headers.set(INT, header + NAME_LENGTH, NAME_SIZE);
      headers.set(LONG, header + CONTROL_LENGTH, ancillary ? CONTROL_SIZE : 0);
      vectors.set(LONG, (long) i * VECTOR_SIZE + 8, bufferSize);
    }
  }

  /** Octets of a datagram that was read, as far as the buffer held them. */
  int length(int i) {
    return headers.get(INT, header(i) + LENGTH);
  }

  /** Copies a datagram that was read. */
  void copyTo(int i, byte[] target, int length) {
    MemorySegment.copy(buffers, BYTE, (long) i * bufferSize, target, 0, length);
  }

  /** Octets of the address of the sender. */
  int nameLength(int i) {
    return headers.get(INT, header(i) + NAME_LENGTH);
  }

  /** Whether a datagram came from an address and a port that can be answered. */
  boolean hasSender(int i) {
    int family = names.get(ValueLayout.JAVA_SHORT, (long) i * NAME_SIZE);
    int port = names.get(ValueLayout.JAVA_SHORT, (long) i * NAME_SIZE + 2);
    return nameLength(i) >= 16 && (family == AF_INET || family == AF_INET6) && port != 0;
  }

  /** The first half of the sender's address. */
  long senderHigh(int i) {
    long name = (long) i * NAME_SIZE;
    return names.get(ValueLayout.JAVA_SHORT, name) == AF_INET
        ? 0
        : names.get(NETWORK_LONG, name + 8);
  }

  /** The second half of the sender's address; of IPv4 the address, mapped to IPv6. */
  long senderLow(int i) {
    long name = (long) i * NAME_SIZE;
    return names.get(ValueLayout.JAVA_SHORT, name) == AF_INET
        ? V4_MAPPED | (names.get(NETWORK_INT, name + 4) & 0xffffffffL)
        : names.get(NETWORK_LONG, name + 16);
  }

  /** Makes message {@code i} go where message {@code j} of another array came from. */
  void replyTo(int i, MessageArray other, int j) {
    long header = header(i);
    long from = header(j);
    headers.set(LONG, header + NAME, other.headers.get(LONG, from + NAME));
    headers.set(INT, header + NAME_LENGTH, other.headers.get(INT, from + NAME_LENGTH));
    long length = other.headers.get(LONG, from + CONTROL_LENGTH);
    headers.set(LONG, header + CONTROL_LENGTH, length);
    if (length > 0) {
      MemorySegment.copy(other.controls, control(j), controls, control(i), length);
      turn(i);
    }
  }

  /** Turns the ancillary data that came with a datagram into that of an answer. */
  void turn(int i) {
    PacketInfo.turn(controls, control(i), headers.get(LONG, header(i) + CONTROL_LENGTH));
  }

  /** The address and the ancillary data of message {@code i}, for {@link #restore}. */
  byte[] save(int i) {
    byte[] saved = new byte[NAME_SIZE + CONTROL_SIZE];
    long header = header(i);
    MemorySegment.copy(names, BYTE, (long) i * NAME_SIZE, saved, 0, NAME_SIZE);
    MemorySegment.copy(controls, BYTE, control(i), saved, NAME_SIZE, CONTROL_SIZE);
    saved[NAME_SIZE - 1] = (byte) headers.get(LONG, header + CONTROL_LENGTH);
    saved[NAME_SIZE - 2] = (byte) headers.get(INT, header + NAME_LENGTH);
    return saved;
  }

  /** Gives message {@code i} the address and the ancillary data of one that was read before. */
  void restore(int i, byte[] saved) {
    long header = header(i);
    MemorySegment.copy(saved, 0, names, BYTE, (long) i * NAME_SIZE, NAME_SIZE);
    MemorySegment.copy(saved, NAME_SIZE, controls, BYTE, control(i), CONTROL_SIZE);
    headers.set(INT, header + NAME_LENGTH, saved[NAME_SIZE - 2]);
    headers.set(LONG, header + CONTROL_LENGTH, saved[NAME_SIZE - 1]);
  }

  /** Fills message {@code i}. */
  void fill(int i, byte[] message, int length) {
    MemorySegment.copy(message, 0, buffers, BYTE, (long) i * bufferSize, length);
    vectors.set(LONG, (long) i * VECTOR_SIZE + 8, length);
  }

  private static long header(int i) {
    return (long) i * HEADER_SIZE;
  }

  private static long control(int i) {
    return (long) i * CONTROL_SIZE;
  }
}
