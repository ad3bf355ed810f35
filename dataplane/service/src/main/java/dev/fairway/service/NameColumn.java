// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column of names that differ but begin alike, as those of one Deployment's pods do: the common
 * prefix once and the rest of each row, three characters in two bytes. That holds for DNS names;
 * others are kept as they are. Immutable.
 */
final class NameColumn {
  private static final int MAX_LENGTH = 253;
  private static final int RADIX = 39;
  private static final int PER_WORD = 3;

  /** No word of three characters: the row has no name. */
  private static final char NONE = 0xffff;

  private static final String ALPHABET = "\0abcdefghijklmnopqrstuvwxyz0123456789-.";
  private static final byte[] DIGITS = new byte[128];

  static {
    Arrays.fill(DIGITS, (byte) -1);
    for (int i = 1; i < RADIX; i++) {
      DIGITS[ALPHABET.charAt(i)] = (byte) i;
    }
  }

  /** The words of the prefix, then those of each row; empty if there are plain texts instead. */
  private final char[] words;

  /** Row by row, if one of them is no DNS name. */
  private final @Nullable String @Nullable [] plain;

  private final short prefixWords;
  private final short rowWords;

  private NameColumn(char[] words, int prefixWords, int rowWords) {
    this.words = words;
    this.plain = null;
    this.prefixWords = (short) prefixWords;
    this.rowWords = (short) rowWords;
  }

  private NameColumn(@Nullable String[] plain) {
    this.words = new char[0];
    this.plain = plain;
    this.prefixWords = 0;
    this.rowWords = 0;
  }

  /** A column of the names, null where all are null. Names longer than a DNS name are cut. */
  static @Nullable NameColumn of(List<? extends @Nullable String> column) {
    String first = null;
    int prefix = 0;
    int longest = 0;
    boolean packable = true;
    for (int row = 0; row < column.size(); row++) {
      String value = column.get(row);
      if (value == null) {
        continue;
      }
      if (first == null) {
        first = value;
        prefix = Math.min(value.length(), MAX_LENGTH);
        packable = isPackable(value, 0);
      } else {
        prefix = commonPrefix(first, value, prefix);
        packable &= isPackable(value, prefix);
      }
      longest = Math.max(longest, Math.min(value.length(), MAX_LENGTH));
    }
    if (first == null) {
      return null;
    }
    return packable ? packed(column, first, prefix, longest) : plain(column);
  }

  private static NameColumn packed(
      List<? extends @Nullable String> column, String first, int prefix, int longest) {
    int prefixWords = wordsOf(prefix);
    int rowWords = Math.max(1, wordsOf(longest - prefix));
    char[] words = new char[prefixWords + column.size() * rowWords];
    pack(first, 0, prefix, words, 0);
    for (int row = 0; row < column.size(); row++) {
      String value = column.get(row);
      int at = prefixWords + row * rowWords;
      if (value == null) {
        words[at] = NONE;
      } else {
        pack(value, prefix, Math.min(value.length(), MAX_LENGTH), words, at);
      }
    }
    return new NameColumn(words, prefixWords, rowWords);
  }

  private static NameColumn plain(List<? extends @Nullable String> column) {
    @Nullable String[] values = new String[column.size()];
    for (int row = 0; row < values.length; row++) {
      String value = column.get(row);
      values[row] =
          value == null || value.length() <= MAX_LENGTH ? value : value.substring(0, MAX_LENGTH);
    }
    return new NameColumn(values);
  }

  private static int wordsOf(int length) {
    return (length + PER_WORD - 1) / PER_WORD;
  }

  private static boolean isPackable(String value, int from) {
    for (int i = from; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c >= DIGITS.length || DIGITS[c] < 0) {
        return false;
      }
    }
    return true;
  }

  private static int commonPrefix(String a, String b, int atMost) {
    int length = Math.min(atMost, b.length());
    int at = 0;
    while (at < length && a.charAt(at) == b.charAt(at)) {
      at++;
    }
    return at;
  }

  private static void pack(String value, int from, int to, char[] words, int at) {
    int word = at;
    for (int i = from; i < to; i += PER_WORD) {
      int packed = DIGITS[value.charAt(i)] * RADIX;
      packed = (packed + (i + 1 < to ? DIGITS[value.charAt(i + 1)] : 0)) * RADIX;
      words[word++] = (char) (packed + (i + 2 < to ? DIGITS[value.charAt(i + 2)] : 0));
    }
  }

  /** The name in a row, null where it has none. */
  @Nullable String get(int row) {
    if (plain != null) {
      return plain[row];
    }
    int start = prefixWords + row * rowWords;
    if (words[start] == NONE) {
      return null;
    }
    byte[] text = new byte[PER_WORD * (prefixWords + rowWords)];
    int length = unpack(0, prefixWords, text, 0);
    length = unpack(start, rowWords, text, length);
    return new String(text, 0, length, StandardCharsets.ISO_8859_1);
  }

  private int unpack(int from, int count, byte[] text, int at) {
    int length = at;
    for (int i = from; i < from + count; i++) {
      int word = words[i];
      for (int divisor = RADIX * RADIX; divisor > 0; divisor /= RADIX) {
        int digit = word / divisor % RADIX;
        if (digit == 0) {
          break;
        }
        text[length++] = (byte) ALPHABET.charAt(digit);
      }
    }
    return length;
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof NameColumn other
        && prefixWords == other.prefixWords
        && rowWords == other.rowWords
        && Arrays.equals(words, other.words)
        && Arrays.equals(plain, other.plain);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(words) * 31 + Arrays.hashCode(plain);
  }
}
