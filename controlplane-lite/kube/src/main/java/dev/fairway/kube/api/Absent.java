// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an absent JSON field means in the records of the API: the empty value. */
public final class Absent {
  private Absent() {}

  /**
   * A part without which the object makes no sense.
   *
   * @throws IllegalArgumentException if it is absent
   */
  public static <T> T required(@Nullable T value, String field) {
    if (value == null) {
      throw new IllegalArgumentException(field + ": required value is missing");
    }
    return value;
  }

  public static String asEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }

  public static <T> List<T> asEmpty(@Nullable List<T> value) {
    return value == null ? List.of() : List.copyOf(value);
  }

  public static <K, V> Map<K, V> asEmpty(@Nullable Map<K, V> value) {
    return value == null || value.isEmpty()
        ? Map.of()
        : Collections.unmodifiableMap(new LinkedHashMap<>(value));
  }
}
