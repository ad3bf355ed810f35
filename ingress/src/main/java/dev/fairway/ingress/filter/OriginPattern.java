// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An origin, or all origins that differ in one label.
 *
 * @param text lower case; with {@code *} for one label
 */
public record OriginPattern(String text) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?:[a-z][a-z0-9+.-]*://)?(?:\\*\\.)?(?:[a-z0-9_-]+\\.)*[a-z0-9_-]+(?::[0-9]{1,5})?"
              + "|[a-z][a-z0-9+.-]*://\\[[0-9a-f:.]+](?::[0-9]{1,5})?");

  /** Reads {@code scheme://host:port}, with {@code *.} before the host; null for anything else. */
  public static @Nullable OriginPattern parse(String text) {
    String lower = text.toLowerCase(java.util.Locale.ROOT);
    return FORM.matcher(lower).matches() ? new OriginPattern(lower) : null;
  }

  boolean matches(String origin) {
    int star = text.indexOf('*');
    if (star < 0) {
      return origin.equalsIgnoreCase(text);
    }
    int tail = text.length() - star - 1;
    int end = origin.length() - tail;
    if (end <= star
        || !origin.regionMatches(true, 0, text, 0, star)
        || !origin.regionMatches(true, end, text, star + 1, tail)) {
      return false;
    }
    for (int i = star; i < end; i++) {
      char c = origin.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9') && c != '-') {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
