// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column of texts that differ but begin alike, as the names of one Deployment's pods do: the
 * common prefix once, the rest as bytes.
 */
final class TextColumn {
  private static final int MAX_LENGTH = 253;

  private final String prefix;
  private final byte[] bytes;
  private final char[] ends;

  private TextColumn(String prefix, byte[] bytes, char[] ends) {
    this.prefix = prefix;
    this.bytes = bytes;
    this.ends = ends;
  }

  /**
   * A column of the values, null where all are null. Texts longer than a DNS name are cut.
   *
   * @param column at most {@link EndpointTable#MAX_ROWS} values
   */
  static @Nullable TextColumn of(List<? extends @Nullable String> column) {
    String prefix = null;
    for (String value : column) {
      if (value != null) {
        String text = cut(value);
        prefix = prefix == null ? text : commonPrefix(prefix, text);
      }
    }
    if (prefix == null) {
      return null;
    }
    byte[][] rests = new byte[column.size()][];
    int total = 0;
    for (int row = 0; row < rests.length; row++) {
      String value = column.get(row);
      rests[row] =
          value == null
              ? new byte[0]
              : cut(value).substring(prefix.length()).getBytes(StandardCharsets.ISO_8859_1);
      total += rests[row].length;
    }
    byte[] bytes = new byte[total];
    char[] ends = new char[rests.length];
    int at = 0;
    for (int row = 0; row < rests.length; row++) {
      System.arraycopy(rests[row], 0, bytes, at, rests[row].length);
      at += rests[row].length;
      ends[row] = (char) at;
    }
    return new TextColumn(prefix, bytes, ends);
  }

  String get(int row) {
    int start = row == 0 ? 0 : ends[row - 1];
    int length = ends[row] - start;
    return length == 0
        ? prefix
        : prefix.concat(new String(bytes, start, length, StandardCharsets.ISO_8859_1));
  }

  private static String cut(String value) {
    return value.length() <= MAX_LENGTH ? value : value.substring(0, MAX_LENGTH);
  }

  private static String commonPrefix(String a, String b) {
    int length = Math.min(a.length(), b.length());
    int at = 0;
    while (at < length && a.charAt(at) == b.charAt(at)) {
      at++;
    }
    return a.substring(0, at);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof TextColumn other
        && prefix.equals(other.prefix)
        && Arrays.equals(bytes, other.bytes)
        && Arrays.equals(ends, other.ends);
  }

  @Override
  public int hashCode() {
    return prefix.hashCode() * 31 + Arrays.hashCode(bytes);
  }
}
