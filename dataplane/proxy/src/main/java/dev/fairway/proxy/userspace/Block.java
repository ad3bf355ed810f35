// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory outside the heap that bytes pass through, and which of it holds bytes still to be sent.
 */
final class Block {
  /** Bytes read at once, and the most that a flow holds for each direction. */
  static final int SIZE = 64 * 1024;

  /** Bytes of a block for few bytes. */
  static final int SMALL = 4 * 1024;

  private final MemorySegment memory;
  private final long address;
  private int from;
  private int to;

  Block(int size) {
    memory = Arena.ofAuto().allocate(size, 64);
    address = memory.address();
  }

  int size() {
    return (int) memory.byteSize();
  }

  long address() {
    return address;
  }

  /** Writes bytes to the start. */
  void put(byte[] bytes) {
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
  }

  /** Holds bytes that are here already. */
  void hold(int offset, int count) {
    from = offset;
    to = offset + count;
  }

  /** Holds a copy of bytes of another block. */
  void hold(Block other, int offset, int count) {
    MemorySegment.copy(other.memory, offset, memory, 0, count);
    from = 0;
    to = count;
  }

  /** Where the bytes that are held begin. */
  int from() {
    return from;
  }

  /** Where the bytes that are held end. */
  int to() {
    return to;
  }

  /** The first of the bytes are sent. */
  void advance(int count) {
    from += count;
  }

  boolean isEmpty() {
    return from == to;
  }
}
