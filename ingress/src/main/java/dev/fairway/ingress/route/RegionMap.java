// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.HashMap;
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
  private int size;

  private RegionMap(RegionMap<V> other) {
    keys = other.keys.clone();
    values = other.values.clone();
    mask = other.mask;
    size = other.size;
  }

  private RegionMap(Map<String, V> entries) {
    int capacity = Integer.highestOneBit(Math.max(1, entries.size()) * 2) * 2;
    keys = new String[capacity];
    values = new Object[capacity];
    mask = capacity - 1;
    entries.forEach(this::putIfNotNull);
  }

  /** Only while the map is being made. */
  private void putIfNotNull(String key, @Nullable V value) {
    if (value != null) {
      int slot = slotOf(key, 0, key.length());
      size += keys[slot] == null ? 1 : 0;
      keys[slot] = key;
      values[slot] = value;
    }
  }

  @SuppressWarnings("unchecked") // the empty map holds no value of any type
  static <V> RegionMap<V> copyOf(Map<String, V> entries) {
    return entries.isEmpty() ? (RegionMap<V>) EMPTY : new RegionMap<>(entries);
  }

  /**
   * A map with other entries.
   *
   * @param changes new values by key; null removes
   */
  RegionMap<V> with(Map<String, @Nullable V> changes) {
    boolean inPlace = true;
    int added = 0;
    for (Map.Entry<String, @Nullable V> change : changes.entrySet()) {
      boolean present = get(change.getKey()) != null;
      inPlace &= change.getValue() != null || !present;
      added += present ? 0 : 1;
    }
    if (inPlace && (size + added) * 2 <= keys.length) {
      RegionMap<V> copy = new RegionMap<>(this);
      changes.forEach(copy::putIfNotNull);
      return copy;
    }
    Map<String, V> entries = HashMap.newHashMap(size + added);
    for (int i = 0; i < keys.length; i++) {
      String key = keys[i];
      V value = valueAt(i);
      if (key != null && value != null) {
        entries.put(key, value);
      }
    }
    changes.forEach((key, value) -> {
      if (value == null) {
        entries.remove(key);
      } else {
        entries.put(key, value);
      }
    });
    return copyOf(entries);
  }

  /** The value for the characters {@code from} (inclusive) to {@code to} (exclusive), or null. */
  @Nullable V get(String text, int from, int to) {
    return size == 0 ? null : valueAt(slotOf(text, from, to));
  }

  @Nullable V get(String text) {
    return get(text, 0, text.length());
  }

  int size() {
    return size;
  }

  @SuppressWarnings("unchecked") // only values of type V are stored
  private @Nullable V valueAt(int slot) {
    return (V) values[slot];
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
