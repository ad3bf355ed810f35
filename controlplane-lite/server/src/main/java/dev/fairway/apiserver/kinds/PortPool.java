// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * Node ports. Confined to its owner's lock. The lower part is left to clients that choose
 * (KEP-3668).
 */
final class PortPool {
  private final int from;
  private final int to;
  private final int band;
  private final BitSet taken = new BitSet();
  private final RandomGenerator random;

  PortPool(int from, int to, RandomGenerator random) {
    if (from < 1 || to > 65535 || from > to) {
      throw new IllegalArgumentException("node ports " + from + "-" + to + ", expected 1-65535");
    }
    this.from = from;
    this.to = to;
    this.random = random;
    int size = to - from + 1;
    this.band = size < 32 ? 0 : Math.min(Math.max(16, size / 32), 128);
  }

  boolean contains(long port) {
    return port >= from && port <= to;
  }

  /** False if it is taken already. */
  boolean take(int port) {
    if (taken.get(port)) {
      return false;
    }
    taken.set(port);
    return true;
  }

  void release(int port) {
    taken.clear(port);
  }

  /** Takes a free port, 0 if there is none. */
  int takeAny() {
    int port = takeBetween(from + band, to);
    return port != 0 ? port : takeBetween(from, from + band - 1);
  }

  private int takeBetween(int first, int last) {
    int count = last - first + 1;
    if (count <= 0) {
      return 0;
    }
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = first + (start + i) % count;
      if (take(port)) {
        return port;
      }
    }
    return 0;
  }

  int takenCount() {
    return taken.cardinality();
  }

  @Override
  public String toString() {
    return from + "-" + to;
  }
}
