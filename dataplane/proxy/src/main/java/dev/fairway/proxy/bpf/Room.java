// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

/** How much room maps have. A map grows before it is full, as a full one would lose elements. */
final class Room {
  private static final int SMALLEST = 1024;

  /** More than the kernel could hold anyway. */
  private static final int BIGGEST = 1 << 26;

  private Room() {}

  /** The size of a map that is to hold so many elements and some more. */
  static int sizeFor(long elements) {
    long size = SMALLEST;
    while (size < BIGGEST && elements * 10 > size * 7) {
      size *= 2;
    }
    return (int) size;
  }

  /** Makes a map grow if it is to hold more elements than 70 % of its size. */
  static void ensure(DataPath path, String map, int elements) {
    if (elements * 10L > path.capacity(map) * 7L && path.capacity(map) < BIGGEST) {
      path.grow(map, sizeFor(elements));
    }
  }
}
