// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A map of the kernel. Thread-safe; does not own its descriptor. */
final class BpfMap {
  /** Elements of one call; more than ever share a hash. */
  private static final int BATCH = 4096;

  private static final int INFO_SIZE = 128;
  private static final long INFO_KEY_SIZE = 8;
  private static final long INFO_VALUE_SIZE = 12;
  private static final long INFO_MAX_ENTRIES = 16;

  private final String name;
  private final int fd;
  private final int keySize;
  private final int valueSize;
  private final int maxEntries;

  BpfMap(String name, int fd) {
    this.name = name;
    this.fd = fd;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_SIZE, 8);
      LibBpf.check("describing map " + name, LibBpf.info(fd, info));
      keySize = info.get(JAVA_INT_UNALIGNED, INFO_KEY_SIZE);
      valueSize = info.get(JAVA_INT_UNALIGNED, INFO_VALUE_SIZE);
      maxEntries = info.get(JAVA_INT_UNALIGNED, INFO_MAX_ENTRIES);
    }
  }

  String name() {
    return name;
  }

  int fd() {
    return fd;
  }

  int keySize() {
    return keySize;
  }

  int valueSize() {
    return valueSize;
  }

  int maxEntries() {
    return maxEntries;
  }

  /** Adds or replaces an element. */
  void put(MemorySegment key, MemorySegment value) {
    LibBpf.check("writing to map " + name, LibBpf.update(fd, key, value));
  }

  /** Reads an element into {@code value}; false if there is none. */
  boolean get(MemorySegment key, MemorySegment value) {
    int result = LibBpf.lookup(fd, key, value);
    if (result == -BpfException.ENOENT) {
      return false;
    }
    LibBpf.check("reading from map " + name, result);
    return true;
  }

  /** Removes an element if it is there. */
  void remove(MemorySegment key) {
    int result = LibBpf.delete(fd, key);
    if (result != -BpfException.ENOENT) {
      LibBpf.check("deleting from map " + name, result);
    }
  }

  /** Adds or replaces as many elements as there are, one after the other. */
  void putAll(MemorySegment keys, MemorySegment values, int count) {
    if (count == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counter = arena.allocateFrom(JAVA_INT_UNALIGNED, count);
      LibBpf.check("writing to map " + name, LibBpf.updateBatch(fd, keys, values, counter));
    }
  }

  /** Removes elements; those that are not there do not matter. */
  void removeAll(MemorySegment keys, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counter = arena.allocate(JAVA_INT_UNALIGNED);
      int done = 0;
      while (done < count) {
        counter.set(JAVA_INT_UNALIGNED, 0, count - done);
        int result = LibBpf.deleteBatch(fd, keys.asSlice((long) done * keySize), counter);
        int deleted = counter.get(JAVA_INT_UNALIGNED, 0);
        if (result == -BpfException.ENOENT) {
          done += deleted + 1;
        } else {
          LibBpf.check("deleting from map " + name, result);
          done += deleted;
        }
      }
    }
  }

  /** Shows every element; those that come or go meanwhile may be missed or seen twice. */
  void forEach(Visitor visitor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment keys = arena.allocate((long) BATCH * keySize, 8);
      MemorySegment values = arena.allocate((long) BATCH * valueSize, 8);
      MemorySegment counter = arena.allocate(JAVA_INT_UNALIGNED);
      // Where the kernel goes on is its own affair, but not longer than a key.
      MemorySegment position = arena.allocate(Math.max(keySize, Long.BYTES), 8);
      MemorySegment from = MemorySegment.NULL;
      int result = 0;
      while (result == 0) {
        counter.set(JAVA_INT_UNALIGNED, 0, BATCH);
        result = LibBpf.lookupBatch(fd, from, position, keys, values, counter);
        if (result != 0 && result != -BpfException.ENOENT) {
          LibBpf.check("reading map " + name, result);
        }
        int count = counter.get(JAVA_INT_UNALIGNED, 0);
        for (int i = 0; i < count; i++) {
          visitor.visit(
              keys.asSlice((long) i * keySize, keySize),
              values.asSlice((long) i * valueSize, valueSize));
        }
        from = position;
      }
    }
  }

  /** Sees elements, in memory that is only valid for the moment. */
  interface Visitor {
    void visit(MemorySegment key, MemorySegment value);
  }

  @Override
  public String toString() {
    return name;
  }
}
