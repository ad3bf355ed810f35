// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A column of values that repeat: one byte a row, and none where all rows are equal.
 *
 * @param <T> an immutable value
 */
final class DictionaryColumn<T> {
  private final List<@Nullable T> values;
  private final byte @Nullable [] rows;

  private DictionaryColumn(List<@Nullable T> values, byte @Nullable [] rows) {
    this.values = values;
    this.rows = rows;
  }

  /** A column of the values, at most {@link EndpointTable#MAX_ROWS} of them. */
  static <T> DictionaryColumn<T> of(List<? extends @Nullable T> column) {
    List<@Nullable T> values = new ArrayList<>(1);
    byte[] rows = new byte[column.size()];
    for (int row = 0; row < rows.length; row++) {
      T value = column.get(row);
      int index =
          row > 0 && Objects.equals(value, values.get(values.size() - 1))
              ? values.size() - 1
              : values.indexOf(value);
      if (index < 0) {
        index = values.size();
        values.add(value);
      }
      rows[row] = (byte) index;
    }
    ((ArrayList<@Nullable T>) values).trimToSize();
    return new DictionaryColumn<>(values, values.size() < 2 ? null : rows);
  }

  @Nullable T get(int row) {
    return rows == null ? values.get(0) : values.get(rows[row] & 0xff);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof DictionaryColumn<?> other
        && values.equals(other.values)
        && Arrays.equals(rows, other.rows);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }
}
