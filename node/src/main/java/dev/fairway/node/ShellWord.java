// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import java.util.regex.Pattern;

/** Text that a reader pastes into a shell. */
final class ShellWord {
  private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

  private ShellWord() {}

  /** The text as one word, in quotes if it needs them. */
  static String of(Object value) {
    String text = value.toString();
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
