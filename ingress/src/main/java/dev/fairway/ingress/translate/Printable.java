// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import org.jspecify.annotations.Nullable;

/** User text for a message. */
final class Printable {
  private static final int MAX_LENGTH = 200;

  private Printable() {}

  /** At most 200 characters of printable ASCII. */
  static String of(@Nullable String text) {
    String known = text == null ? "" : text;
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(known.length(), MAX_LENGTH); i++) {
      char c = known.charAt(i);
      out.append(c >= ' ' && c < 127 ? c : '?');
    }
    return out.toString();
  }
}
