// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import org.jspecify.annotations.Nullable;

/**
 * Puts the old name back in an answer: by the rule's pattern the other way round, or where that is
 * not possible only for the name that was asked.
 *
 * @param pattern of the rule
 * @param asked the new name
 * @param old the name it was made of
 */
record Restore(NamePattern pattern, String asked, String old) implements NamePattern {
  @Override
  public @Nullable String replace(String name) {
    return name.equals(asked) ? old : pattern.restore(name);
  }

  @Override
  public @Nullable String restore(String name) {
    return name.equals(old) ? asked : null;
  }
}
