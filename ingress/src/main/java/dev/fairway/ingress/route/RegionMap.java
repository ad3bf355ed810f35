// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from strings that is searched with a region of a string, so that a lookup of a
 * path element or of a parent domain allocates nothing. Open addressing, at most half full.
 */
final class RegionMap<V> {
  private static final RegionMap<?> EMPTY = new RegionMap<>(Map.of());

  private final @Nullable String[] keys;
  private final @Nullable Object[] values;
  private final int mask;
  private final int size;

  private RegionMap(Map<String, V> entries) {
    int capacity = Integer.highestOneBit(Math.max(1, entries.size()) * 2) * 2;
    keys = new String[capacity];
    values = new Object[capacity];
    mask = capacity - 1;
    size = entries.size();
    for (Map.Entry<String, V> entry : entries.entrySet()) {
      String key = entry.getKey();
      int slot = slotOf(key, 0, key.length());
      keys[slot] = key;
      values[slot] = entry.getValue();
    }
  }

  @SuppressWarnings("unchecked") // the empty map holds no value of any type
  static <V> RegionMap<V> copyOf(Map<String, V> entries) {
    return entries.isEmpty() ? (RegionMap<V>) EMPTY : new RegionMap<>(entries);
  }

  /** The value for the characters {@code from} (inclusive) to {@code to} (exclusive), or null. */
  @SuppressWarnings("unchecked") // only values of type V are stored
  @Nullable V get(String text, int from, int to) {
    if (size == 0) {
      return null;
    }
    return (V) values[slotOf(text, from, to)];
  }

  @Nullable V get(String text) {
    return get(text, 0, text.length());
  }

  int size() {
    return size;
  }

  private int slotOf(String text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    int slot = (hash ^ (hash >>> 16)) & mask;
    while (true) {
      String key = keys[slot];
      if (key == null
          || (key.length() == to - from && key.regionMatches(0, text, from, to - from))) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }
}
