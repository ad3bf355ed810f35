// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recognises names, and says what becomes of them. Names are text in lower case with a trailing
 * dot.
 */
public sealed interface NamePattern
    permits NamePattern.Exact,
        NamePattern.Prefix,
        NamePattern.Suffix,
        NamePattern.Substring,
        NamePattern.Regex,
        Restore {
  /** The new name, null where the pattern does not match. */
  @Nullable String replace(String name);

  /** The opposite: from the new name to the old one; null where there is none. */
  @Nullable String restore(String name);

  /** One name. */
  record Exact(String from, String to) implements NamePattern {
    @Override
    public @Nullable String replace(String name) {
      return name.equals(from) ? to : null;
    }

    @Override
    public @Nullable String restore(String name) {
      return name.equals(to) ? from : null;
    }
  }

  /** The start of names. */
  record Prefix(String from, String to) implements NamePattern {
    @Override
    public @Nullable String replace(String name) {
      return name.startsWith(from) ? to + name.substring(from.length()) : null;
    }

    @Override
    public @Nullable String restore(String name) {
      return name.startsWith(to) ? from + name.substring(to.length()) : null;
    }
  }

  /** The end of names. */
  record Suffix(String from, String to) implements NamePattern {
    @Override
    public @Nullable String replace(String name) {
      return name.endsWith(from) ? name.substring(0, name.length() - from.length()) + to : null;
    }

    @Override
    public @Nullable String restore(String name) {
      return name.endsWith(to) ? name.substring(0, name.length() - to.length()) + from : null;
    }
  }

  /** Any part of names; all of its occurrences are replaced. */
  record Substring(String from, String to) implements NamePattern {
    @Override
    public @Nullable String replace(String name) {
      return name.contains(from) ? name.replace(from, to) : null;
    }

    @Override
    public @Nullable String restore(String name) {
      return null;
    }
  }

  /**
   * A regular expression, found anywhere in the name; {@code {1}} in the new name is its first
   * group.
   */
  record Regex(Pattern pattern, String to) implements NamePattern {
    @Override
    public @Nullable String replace(String name) {
      Matcher matcher = pattern.matcher(name);
      if (!matcher.find()) {
        return null;
      }
      String result = to;
      for (int group = 1; group <= matcher.groupCount(); group++) {
        String value = matcher.group(group);
        result = result.replace("{" + group + "}", value == null ? "" : value);
      }
      return result.endsWith(".") ? result : result + ".";
    }

    @Override
    public @Nullable String restore(String name) {
      return null;
    }
  }

  /** The name in the form that patterns see. */
  static String normal(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower : lower + ".";
  }
}
