// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Splits a Corefile into words: blanks separate, double quotes hold together (over lines too), a
 * hash at the start of a word makes the rest of the line a comment, <code>{$NAME}</code> and <code>
 * {%NAME%}</code> are variables of the environment.
 */
final class CorefileLexer {
  /**
   * A word.
   *
   * @param line where it starts
   * @param quoted whether quotes made it, so that a brace is only a brace
   */
  record Word(String text, String file, int line, boolean quoted) {
    boolean is(String symbol) {
      return !quoted && text.equals(symbol);
    }
  }

  /** Words that one file may have. */
  private static final int MAX_WORDS = 200_000;

  private final String file;
  private final String text;
  private final Function<String, @Nullable String> environment;
  private int at;
  private int line = 1;

  CorefileLexer(String file, String text, Function<String, @Nullable String> environment) {
    this.file = file;
    this.text = text;
    this.environment = environment;
  }

  List<Word> words(Problems problems) {
    List<Word> words = new ArrayList<>();
    while (true) {
      skipBlanks();
      if (at >= text.length()) {
        return words;
      }
      if (words.size() == MAX_WORDS) {
        problems.add(new Directive.Place(file, line, "file"), "has more than 200000 words");
        return words;
      }
      int start = line;
      if (text.charAt(at) == '"') {
        words.add(new Word(expand(quoted(problems)), file, start, true));
      } else {
        words.add(new Word(expand(bare()), file, start, false));
      }
    }
  }

  private void skipBlanks() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at < text.length() && text.charAt(at) != '\n') {
          at++;
        }
      } else if (c == '\n') {
        line++;
        at++;
      } else if (c <= ' ' || c == '\ufeff') {
        at++;
      } else {
        return;
      }
    }
  }

  private String bare() {
    int from = at;
    while (at < text.length() && text.charAt(at) > ' ') {
      at++;
    }
    return text.substring(from, at);
  }

  private String quoted(Problems problems) {
    int start = line;
    StringBuilder word = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '"') {
        word.append('"');
        at++;
      } else if (c == '"') {
        at++;
        return word.toString();
      } else {
        line += c == '\n' ? 1 : 0;
        word.append(c);
      }
    }
    problems.add(new Directive.Place(file, start, "\""), "the quote is not closed");
    return word.toString();
  }

  /** Variables that are not set become nothing, as in CoreDNS. */
  private String expand(String word) {
    return expand(expand(word, "{$", "}"), "{%", "%}");
  }

  private String expand(String word, String open, String close) {
    int from = word.indexOf(open);
    if (from < 0) {
      return word;
    }
    StringBuilder expanded = new StringBuilder();
    int done = 0;
    while (from >= 0) {
      int end = word.indexOf(close, from + open.length());
      if (end < 0) {
        break;
      }
      String value = environment.apply(word.substring(from + open.length(), end));
      expanded.append(word, done, from).append(value == null ? "" : value);
      done = end + close.length();
      from = word.indexOf(open, done);
    }
    return expanded.append(word, done, word.length()).toString();
  }
}
