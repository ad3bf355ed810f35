// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import java.nio.charset.StandardCharsets;

/** Numbers as lower-case hexadecimal digits of a fixed count. */
public final class Hex {
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private Hex() {}

  /** Writes all 16 digits of a number. */
  public static void write(long value, byte[] out, int from) {
    for (int i = 0; i < 16; i++) {
      out[from + i] = DIGITS[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }

  /** Two numbers as 32 digits. */
  public static String of(long high, long low) {
    byte[] digits = new byte[32];
    write(high, digits, 0);
    write(low, digits, 16);
    return new String(digits, StandardCharsets.ISO_8859_1);
  }

  /** A number as 16 digits. */
  public static String of(long value) {
    byte[] digits = new byte[16];
    write(value, digits, 0);
    return new String(digits, StandardCharsets.ISO_8859_1);
  }

  /** Whether a part of a text is lower-case hexadecimal digits and nothing else. */
  static boolean isDigits(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (digit(text.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  /** The number of up to 16 digits that are {@linkplain #isDigits digits}. */
  static long parse(String digits, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = (value << 4) | digit(digits.charAt(i));
    }
    return value;
  }

  private static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }
}
