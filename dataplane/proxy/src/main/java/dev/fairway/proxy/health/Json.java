// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

/** Text inside JSON strings. */
final class Json {
  private Json() {}

  /** The text with what JSON does not allow in strings escaped. */
  static String escaped(String text) {
    StringBuilder json = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.toString();
  }
}
