// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Compiles the expressions of users: RE2, whose time grows with the text alone, and small, as each
 * character of a text may cost as many steps as an expression has parts. Repetitions are unrolled,
 * so that {@code ((a{1000}){1000}){1000}} would have a billion of them.
 */
public final class Expressions {
  static final int MAX_PARTS = 2_000;
  static final int MAX_DEPTH = 100;

  private final String text;
  private final int[] outer = new int[MAX_DEPTH];
  private int depth;
  private int parts;
  private int last;
  private int at;

  private Expressions(String text) {
    this.text = text;
  }

  /**
   * Compiles.
   *
   * @param flags of {@link Pattern}
   * @throws PatternSyntaxException where the text is no expression of RE2, or a large one
   */
  public static Pattern compile(String text, int flags) {
    new Expressions(text).measure();
    Pattern pattern = Pattern.compile(text, flags);
    if (pattern.programSize() > 2 * MAX_PARTS) {
      throw tooLarge(text);
    }
    return pattern;
  }

  /** Adds the parts up before anything is unrolled; what is wrong otherwise is left to RE2. */
  private void measure() {
    while (at < text.length()) {
      char c = text.charAt(at++);
      switch (c) {
        case '\\' -> escape();
        case '[' -> {
          skipClass();
          atom(1);
        }
        case '(' -> open();
        case ')' -> close();
        case '*', '+', '?' -> repeat(1, 1);
        case '{' -> braces();
        default -> atom(1);
      }
    }
  }

  private void atom(int size) {
    last = size;
    grow(size);
  }

  private void grow(long more) {
    if (parts + more > MAX_PARTS) {
      throw tooLarge(text);
    }
    parts += (int) more;
  }

  /** The last part is there several times. */
  private void repeat(int times, int more) {
    long whole = (long) last * times + more;
    grow(whole - last);
    last = (int) whole;
  }

  private void open() {
    if (depth == MAX_DEPTH) {
      throw tooLarge(text);
    }
    outer[depth++] = parts;
  }

  private void close() {
    if (depth > 0) {
      int before = outer[--depth];
      grow(2);
      last = parts - before;
    }
  }

  /** After a backslash: one character, a class with a name, or text up to {@code \\E}. */
  private void escape() {
    if (text.startsWith("Q", at)) {
      int end = text.indexOf("\\E", at);
      grow(Math.max(0, (end < 0 ? text.length() : end) - at - 1));
      at = end < 0 ? text.length() : end + 2;
      last = 1;
      return;
    }
    char kind = at < text.length() ? text.charAt(at) : 0;
    at++;
    if ((kind == 'p' || kind == 'P' || kind == 'x') && text.startsWith("{", at)) {
      int end = text.indexOf('}', at);
      at = end < 0 ? text.length() : end + 1;
    }
    atom(1);
  }

  private void skipClass() {
    if (text.startsWith("^", at)) {
      at++;
    }
    boolean first = true;
    while (at < text.length() && (first || text.charAt(at) != ']')) {
      first = false;
      int named = text.startsWith("[:", at) ? text.indexOf(":]", at) : -1;
      at = named >= 0 ? named + 2 : at + (text.charAt(at) == '\\' ? 2 : 1);
    }
    at++;
  }

  /** {@code {n}}, {@code {n,}} or {@code {n,m}}; anything else stands for itself. */
  private void braces() {
    int end = text.indexOf('}', at);
    String inside = end < 0 ? "" : text.substring(at, end);
    int comma = inside.indexOf(',');
    int from = count(comma < 0 ? inside : inside.substring(0, comma));
    boolean open = comma == inside.length() - 1;
    int to = comma < 0 || open ? from : count(inside.substring(comma + 1));
    if (from < 0 || to < 0) {
      atom(1);
      return;
    }
    repeat(Math.max(1, Math.max(from, to)), comma < 0 ? 0 : 1 + Math.max(0, to - from));
    at = end + 1;
  }

  /** A number of at most six digits, or -1. */
  private static int count(String digits) {
    boolean number = !digits.isEmpty() && digits.length() <= 6;
    int value = 0;
    for (int i = 0; number && i < digits.length(); i++) {
      number = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
      value = value * 10 + digits.charAt(i) - '0';
    }
    return number ? value : -1;
  }

  private static PatternSyntaxException tooLarge(String text) {
    return new PatternSyntaxException("more than " + MAX_PARTS + " parts, or too deep", text);
  }
}
