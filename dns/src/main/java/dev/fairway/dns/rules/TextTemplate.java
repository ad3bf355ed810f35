// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import com.google.re2j.Matcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The part of Go's templates that records are made with: text with {@code {{ .Name }}}, {@code
 * .Zone}, {@code .Class}, {@code .Type}, {@code .Remote}, {@code .Group.name} and {@code index
 * .Match 1}. Immutable.
 */
final class TextTemplate {
  /** What a template may name. */
  record Values(String name, String zone, String type, String remote, Matcher match) {}

  private interface Part {
    String text(Values values);
  }

  private static final Pattern FIELD = Pattern.compile("\\.(Name|Zone|Class|Type|Remote)");
  private static final Pattern GROUP =
      Pattern.compile("(?:\\.Group\\.(\\w+)|index \\.Group \"(\\w+)\")");
  private static final Pattern MATCH = Pattern.compile("index \\.Match (\\d{1,3})");

  private final List<Part> parts = new ArrayList<>();

  /**
   * A template.
   *
   * @throws IllegalArgumentException when it has something else in braces
   */
  TextTemplate(String text) {
    int at = 0;
    while (at < text.length()) {
      int open = text.indexOf("{{", at);
      int close = open < 0 ? -1 : text.indexOf("}}", open);
      if (open < 0 || close < 0) {
        if (open >= 0) {
          throw new IllegalArgumentException("'{{' without '}}'");
        }
        literal(text.substring(at));
        return;
      }
      literal(text.substring(at, open));
      parts.add(part(text.substring(open + 2, close).strip()));
      at = close + 2;
    }
  }

  private void literal(String text) {
    if (!text.isEmpty()) {
      parts.add(values -> text);
    }
  }

  private static Part part(String expression) {
    if (FIELD.matcher(expression).matches()) {
      return switch (expression) {
        case ".Name" -> Values::name;
        case ".Zone" -> Values::zone;
        case ".Class" -> values -> "IN";
        case ".Type" -> Values::type;
        default -> Values::remote;
      };
    }
    java.util.regex.Matcher group = GROUP.matcher(expression);
    if (group.matches()) {
      String name = group.group(1) == null ? group.group(2) : group.group(1);
      boolean number = name.chars().allMatch(Character::isDigit);
      return number ? byNumber(Integer.parseInt(name)) : values -> byName(values, name);
    }
    java.util.regex.Matcher match = MATCH.matcher(expression);
    if (match.matches()) {
      return byNumber(Integer.parseInt(match.group(1)));
    }
    throw new IllegalArgumentException(
        "'{{ "
            + expression
            + " }}' (possible: .Name, .Zone, .Class, .Type, .Remote, .Group.NAME,"
            + " index .Match NUMBER)");
  }

  private static Part byNumber(int group) {
    return values -> {
      if (group > values.match.groupCount()) {
        return "";
      }
      String text = values.match.group(group);
      return text == null ? "" : text;
    };
  }

  private static String byName(Values values, String name) {
    if (!values.match.pattern().namedGroups().containsKey(name)) {
      return "";
    }
    String text = values.match.group(name);
    return text == null ? "" : text;
  }

  String text(Values values) {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      text.append(part.text(values));
    }
    return text.toString();
  }
}
