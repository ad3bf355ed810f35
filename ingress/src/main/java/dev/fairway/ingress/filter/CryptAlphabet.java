// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

/** The base 64 of crypt(3): the lowest six bits first. */
final class CryptAlphabet {
  private static final String DIGITS =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private CryptAlphabet() {}

  /** Appends so many digits of a value of three octets. */
  static void append(StringBuilder out, byte[] octets, int high, int middle, int low, int digits) {
    int value = at(octets, high) << 16 | at(octets, middle) << 8 | at(octets, low);
    for (int i = 0; i < digits; i++) {
      out.append(DIGITS.charAt(value & 63));
      value >>>= 6;
    }
  }

  private static int at(byte[] octets, int i) {
    return i < 0 ? 0 : octets[i] & 0xff;
  }
}
