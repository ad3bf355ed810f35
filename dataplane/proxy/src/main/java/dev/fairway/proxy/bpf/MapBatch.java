// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Elements on their way to a map, so that the kernel is called once for thousands of them. Confined
 * to the thread that syncs.
 */
final class MapBatch {
  /** Elements of one call. */
  static final int CAPACITY = 4096;

  private final MemorySegment keys;
  private final MemorySegment values;
  private final int keySize;
  private final int valueSize;
  private int count;

  MapBatch(Arena arena, long keySize, long valueSize) {
    this.keySize = (int) keySize;
    this.valueSize = (int) valueSize;
    keys = arena.allocate(keySize * CAPACITY, 8);
    values = arena.allocate(Math.max(valueSize * CAPACITY, 8), 8);
  }

  boolean isFull() {
    return count == CAPACITY;
  }

  int size() {
    return count;
  }

  /** Begins an element; its key and value are at {@link #key} and {@link #value}. */
  void begin() {
    if (count == CAPACITY) {
      throw new IllegalStateException("the batch is full");
    }
    count++;
  }

  MemorySegment keys() {
    return keys;
  }

  MemorySegment values() {
    return values;
  }

  /** Where the key of the element begins. */
  long key() {
    return (count - 1L) * keySize;
  }

  /** Where the value of the element begins. */
  long value() {
    return (count - 1L) * valueSize;
  }

  /** Writes the elements to a map; the batch is empty afterwards. */
  void put(BpfMap map) {
    int all = count;
    count = 0;
    map.putAll(keys, values, all);
  }

  /** Removes the elements with these keys from a map; the batch is empty afterwards. */
  void remove(BpfMap map) {
    int all = count;
    count = 0;
    map.removeAll(keys, all);
  }

  void clear() {
    count = 0;
  }
}
