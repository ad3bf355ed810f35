// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import org.jspecify.annotations.Nullable;

/** Host names as they appear in Host fields. */
public final class HostName {
  private static final int MAX_LENGTH = 255;

  private HostName() {}

  /**
   * Lower case, without port and without one trailing dot; null where the text is not a host with
   * an optional port. "" is a valid, absent host.
   */
  public static @Nullable String normalize(String authority) {
    int end = hostEnd(authority);
    if (end < 0 || end > MAX_LENGTH || !isPort(authority, end)) {
      return null;
    }
    if (end > 1 && authority.charAt(end - 1) == '.') {
      end--;
    }
    boolean upper = false;
    for (int i = 0; i < end; i++) {
      char c = authority.charAt(i);
      upper |= c >= 'A' && c <= 'Z';
    }
    String host = end == authority.length() ? authority : authority.substring(0, end);
    return upper ? lowerCase(host) : host;
  }

  private static int hostEnd(String authority) {
    if (authority.startsWith("[")) {
      int close = authority.indexOf(']');
      for (int i = 1; i < close; i++) {
        char c = authority.charAt(i);
        if (!isHex(c) && c != ':' && c != '.') {
          return -1;
        }
      }
      return close < 2 ? -1 : close + 1;
    }
    int end = 0;
    while (end < authority.length() && authority.charAt(end) != ':') {
      char c = authority.charAt(end);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean other = (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      if (!letter && !other) {
        return -1;
      }
      end++;
    }
    boolean emptyName = end == 0 && !authority.isEmpty();
    boolean emptyLabel = authority.startsWith(".") || hasEmptyLabel(authority, end);
    return emptyName || emptyLabel ? -1 : end;
  }

  private static boolean hasEmptyLabel(String authority, int end) {
    int dots = authority.indexOf("..");
    return dots >= 0 && dots < end;
  }

  private static boolean isPort(String authority, int from) {
    if (from == authority.length()) {
      return true;
    }
    int digits = authority.length() - from - 1;
    if (authority.charAt(from) != ':' || digits > 5) {
      return false;
    }
    int port = 0;
    for (int i = from + 1; i < authority.length(); i++) {
      char c = authority.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
      port = port * 10 + (c - '0');
    }
    return port <= 65535;
  }

  private static String lowerCase(String ascii) {
    char[] chars = ascii.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (chars[i] >= 'A' && chars[i] <= 'Z') {
        chars[i] += 'a' - 'A';
      }
    }
    return new String(chars);
  }

  private static boolean isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
}
