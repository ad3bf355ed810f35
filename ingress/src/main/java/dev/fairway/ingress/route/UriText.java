// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.nio.charset.StandardCharsets;

/** Percent-encoding (RFC 3986 section 2.1). */
public final class UriText {
  private static final String RESERVED = ":/?#[]@!$&'()*+,;=%";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private UriText() {}

  /** Encodes what must not stand in a URI at all; the rest, "%" included, stays as it is. */
  static String keepValid(String text) {
    return encode(text, RESERVED);
  }

  /** Encodes everything but unreserved characters, for a value of a query parameter. */
  public static String escape(String text) {
    return encode(text, "");
  }

  private static String encode(String text, String keep) {
    int at = 0;
    while (at < text.length() && stays(text.charAt(at), keep)) {
      at++;
    }
    if (at == text.length()) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, at);
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (stays(c, keep)) {
        out.append(c);
        continue;
      }
      // Text from requests has a character for each octet; what users configured may have more.
      byte[] octets =
          c < 256 ? new byte[] {(byte) c} : String.valueOf(c).getBytes(StandardCharsets.UTF_8);
      for (byte octet : octets) {
        out.append('%').append(HEX[(octet >> 4) & 15]).append(HEX[octet & 15]);
      }
    }
    return out.toString();
  }

  private static boolean stays(char c, String keep) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~'
        || keep.indexOf(c) >= 0;
  }
}
