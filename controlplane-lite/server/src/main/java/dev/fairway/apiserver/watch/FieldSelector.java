// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A fieldSelector: {@code path=value}, {@code ==} and {@code !=} joined by commas. Immutable. */
public final class FieldSelector {
  /** Selects everything. */
  public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

  private final List<Term> terms;

  private FieldSelector(List<Term> terms) {
    this.terms = List.copyOf(terms);
  }

  private record Term(String field, boolean equal, String value) {}

  /**
   * Parses the query parameter; a backslash escapes backslash, comma and equals sign.
   *
   * @throws SelectorSyntaxException in the words of Kubernetes' parser
   */
  public static FieldSelector parse(String text) throws SelectorSyntaxException {
    List<Term> terms = new ArrayList<>();
    for (String part : split(text)) {
      if (part.isEmpty()) {
        continue;
      }
      terms.add(term(part, text));
    }
    return terms.isEmpty() ? EVERYTHING : new FieldSelector(terms);
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        part.append(c).append(text.charAt(++i));
      } else if (c == ',') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  private static Term term(String part, String text) throws SelectorSyntaxException {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '!' && part.startsWith("!=", i)) {
        return new Term(part.substring(0, i).strip(), false, value(part.substring(i + 2)));
      } else if (c == '=') {
        int from = part.startsWith("==", i) ? i + 2 : i + 1;
        return new Term(part.substring(0, i).strip(), true, value(part.substring(from)));
      }
    }
    throw new SelectorSyntaxException(
        "invalid selector: '" + text + "'; can't understand '" + part + "'");
  }

  private static String value(String escaped) throws SelectorSyntaxException {
    StringBuilder value = new StringBuilder();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '\\') {
        i++;
        if (i == escaped.length() || "\\,=".indexOf(escaped.charAt(i)) < 0) {
          throw new SelectorSyntaxException("invalid field selector: invalid escape sequence");
        }
        value.append(escaped.charAt(i));
      } else if (c == '=') {
        throw new SelectorSyntaxException(
            "invalid field selector: unescaped character in value: '='");
      } else {
        value.append(c);
      }
    }
    return value.toString();
  }

  /** The first field that is not among those supported; null if all are. */
  public @Nullable String unsupported(Set<String> supported) {
    for (Term term : terms) {
      if (!supported.contains(term.field)) {
        return term.field;
      }
    }
    return null;
  }

  /** Whether an object with these fields is selected; an absent field counts as "". */
  public boolean matches(Map<String, String> fields) {
    for (Term term : terms) {
      if (fields.getOrDefault(term.field, "").equals(term.value) != term.equal) {
        return false;
      }
    }
    return true;
  }

  public boolean isEverything() {
    return terms.isEmpty();
  }

  /** The value that a field must equal, or null if the selector leaves it open. */
  public @Nullable String required(String field) {
    for (Term term : terms) {
      if (term.equal && term.field.equals(field)) {
        return term.value;
      }
    }
    return null;
  }
}
