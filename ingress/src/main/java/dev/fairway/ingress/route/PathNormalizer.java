// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import org.jspecify.annotations.Nullable;

/** RFC 3986 section 6.2.2: percent-encoding and dot segments of a request path. */
final class PathNormalizer {
  private PathNormalizer() {}

  /**
   * The normal form, the same string where it is normal already, or null where the path holds a
   * backslash, a broken or NUL percent-encoding, or climbs above the root.
   */
  static @Nullable String normalize(String path) {
    boolean encoded = false;
    boolean dots = false;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '\\') {
        return null;
      }
      encoded |= c == '%';
      dots |= c == '.' && path.charAt(Math.max(0, i - 1)) == '/';
    }
    String decoded = encoded ? decodeUnreserved(path) : path;
    if (decoded == null) {
      return null;
    }
    return dots || encoded ? removeDotSegments(decoded) : decoded;
  }

  private static @Nullable String decodeUnreserved(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '%') {
        out.append(c);
        continue;
      }
      if (i + 2 >= path.length()) {
        return null;
      }
      int high = Character.digit(path.charAt(i + 1), 16);
      int low = Character.digit(path.charAt(i + 2), 16);
      int value = high * 16 + low;
      if (high < 0 || low < 0 || value == 0) {
        return null;
      }
      if (isUnreserved((char) value)) {
        out.append((char) value);
      } else {
        out.append(path, i, i + 3);
      }
      i += 2;
    }
    return out.toString();
  }

  private static @Nullable String removeDotSegments(String path) {
    StringBuilder out = new StringBuilder(path.length());
    int from = 1;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      boolean last = slash < 0;
      if (isSegment(path, from, to, "..")) {
        int parent = out.lastIndexOf("/");
        if (parent < 0) {
          return null;
        }
        out.setLength(parent);
        appendIf(last, out);
      } else if (isSegment(path, from, to, ".")) {
        appendIf(last, out);
      } else {
        out.append('/').append(path, from, to);
      }
      from = to + 1;
    }
    return out.isEmpty() ? "/" : out.toString();
  }

  private static void appendIf(boolean last, StringBuilder out) {
    if (last) {
      out.append('/');
    }
  }

  private static boolean isSegment(String path, int from, int to, String text) {
    return to - from == text.length() && path.startsWith(text, from);
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }
}
