// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts by method and status. Thread-safe; counting searches a short array, and allocates only
 * where a combination is new.
 */
final class StatusCounts {
  private static final String[] METHODS = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"
  };

  /** One combination. */
  private record Cell(int key, LongAdder count) {}

  /** Reads one combination. */
  @FunctionalInterface
  interface Reader {
    void accept(String method, int status, long count);
  }

  private volatile Cell[] cells = {};

  void count(String method, int status) {
    int key = status << 3 | methodOf(method);
    for (Cell cell : cells) {
      if (cell.key == key) {
        cell.count.increment();
        return;
      }
    }
    add(key);
  }

  private synchronized void add(int key) {
    for (Cell cell : cells) {
      if (cell.key == key) {
        cell.count.increment();
        return;
      }
    }
    Cell[] more = Arrays.copyOf(cells, cells.length + 1);
    Cell cell = new Cell(key, new LongAdder());
    cell.count.increment();
    more[more.length - 1] = cell;
    cells = more;
  }

  private static int methodOf(String method) {
    for (int i = 0; i < METHODS.length - 1; i++) {
      if (METHODS[i].equals(method)) {
        return i;
      }
    }
    return METHODS.length - 1;
  }

  void read(Reader reader) {
    for (Cell cell : cells) {
      reader.accept(METHODS[cell.key & 7], cell.key >> 3, cell.count.sum());
    }
  }
}
