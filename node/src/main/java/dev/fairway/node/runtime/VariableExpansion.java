// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.util.Map;

/**
 * The {@code $(NAME)} references of commands, arguments and environment values: {@code $$} is a
 * dollar sign, an unknown name stays as it is written, anything else is text.
 */
final class VariableExpansion {
  private VariableExpansion() {}

  /**
   * The text with every reference to a known variable replaced; replaced text is not read again.
   */
  static String expand(String text, Map<String, String> variables) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16);
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$' || at + 1 == text.length()) {
        out.append(c);
        at++;
        continue;
      }
      char next = text.charAt(at + 1);
      int close = next == '(' ? text.indexOf(')', at + 2) : -1;
      if (close >= 0) {
        String name = text.substring(at + 2, close);
        String value = variables.get(name);
        out.append(value == null ? text.substring(at, close + 1) : value);
        at = close + 1;
      } else {
        out.append(next == '$' ? "$" : "$" + next);
        at += 2;
      }
    }
    return out.toString();
  }
}
