// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

/** Character classes of RFC 9110 section 5.6. */
final class Octets {
  private static final boolean[] TOKEN = new boolean[256];

  static {
    for (int c = '0'; c <= '9'; c++) {
      TOKEN[c] = true;
    }
    for (int c = 'a'; c <= 'z'; c++) {
      TOKEN[c] = true;
      TOKEN[c - 'a' + 'A'] = true;
    }
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      TOKEN[c] = true;
    }
  }

  private Octets() {}

  static boolean isToken(byte octet) {
    return TOKEN[octet & 0xff];
  }

  static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 127 || !TOKEN[text.charAt(i)]) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Visible characters, space, tab and the octets above ASCII. */
  static boolean isFieldValue(byte octet) {
    return octet == '\t' || ((octet & 0xff) >= ' ' && octet != 127);
  }

  static byte lowerCase(byte octet) {
    return octet >= 'A' && octet <= 'Z' ? (byte) (octet + ('a' - 'A')) : octet;
  }

  /** The value of a hexadecimal digit, or -1. */
  static int hex(byte octet) {
    if (octet >= '0' && octet <= '9') {
      return octet - '0';
    }
    byte lower = lowerCase(octet);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }
}
