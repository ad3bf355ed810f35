// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.observe.ServedRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A line as nginx's {@code log_format} describes it: text with variables, {@code $name} or {@code
 * ${name}}. Immutable.
 */
public final class LogTemplate implements LineWriter {
  /** A piece of the line; text where there is no variable. */
  private record Part(String text, NginxVariable variable) {}

  private final String source;
  private final boolean json;
  private final List<Part> parts;
  private final List<String> unknown;

  private LogTemplate(String source, boolean json, List<Part> parts, List<String> unknown) {
    this.source = source;
    this.json = json;
    this.parts = List.copyOf(parts);
    this.unknown = List.copyOf(unknown);
  }

  /**
   * Reads a format.
   *
   * @param json whether values are escaped for texts of JSON, else as nginx does by default
   */
  public static LogTemplate compile(String text, boolean json) {
    List<Part> parts = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      boolean braced = text.startsWith("${", at);
      int from = at + (braced ? 2 : 1);
      int end = text.charAt(at) == '$' ? endOfName(text, from) : from;
      boolean named =
          text.charAt(at) == '$' && end > from && (!braced || text.startsWith("}", end));
      if (!named) {
        char c = text.charAt(at++);
        literal.append(Character.isISOControl(c) ? ' ' : c);
        continue;
      }
      String name = text.substring(from, end);
      NginxVariable variable = NginxVariable.find(name);
      if (variable == null) {
        unknown.add(name);
      }
      parts.add(new Part(literal.toString(), variable == null ? (_, _) -> null : variable));
      literal.setLength(0);
      at = braced ? end + 1 : end;
    }
    parts.add(new Part(literal.toString(), (_, _) -> ""));
    return new LogTemplate(text, json, parts, unknown);
  }

  private static int endOfName(String text, int from) {
    int end = from;
    while (end < text.length() && isPartOfName(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isPartOfName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  /** The names of variables that nothing is known of, which stay empty. */
  public List<String> unknown() {
    return unknown;
  }

  @Override
  public void write(StringBuilder out, ServedRequest request, Instant end) {
    int last = parts.size() - 1;
    for (int i = 0; i <= last; i++) {
      Part part = parts.get(i);
      out.append(part.text);
      if (i < last) {
        String value = part.variable.of(request, end);
        if (json) {
          JsonLine.escape(out, value == null ? "" : value);
        } else {
          TextLine.escape(out, value == null || value.isEmpty() ? "-" : value);
        }
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogTemplate that && json == that.json && source.equals(that.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return source;
  }
}
