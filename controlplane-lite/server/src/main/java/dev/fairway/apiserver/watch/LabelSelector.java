// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A labelSelector of a list or watch: equality ({@code a=b}, {@code a==b}, {@code a!=b}), sets
 * ({@code a in (b,c)}, {@code a notin (b,c)}), existence ({@code a}, {@code !a}) and order ({@code
 * a>1}, {@code a<1}), joined by commas. Immutable.
 */
public final class LabelSelector {
  /** Selects everything. */
  public static final LabelSelector EVERYTHING = new LabelSelector(List.of());

  private static final Pattern NAME =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)");
  private static final Pattern PREFIX =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private final List<Requirement> requirements;

  private LabelSelector(List<Requirement> requirements) {
    this.requirements = List.copyOf(requirements);
  }

  private enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    ABSENT,
    GREATER,
    LESS
  }

  private record Requirement(String key, Operator operator, Set<String> values) {
    boolean matches(@Nullable String value) {
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case ABSENT -> value == null;
        case GREATER -> compare(value) > 0;
        case LESS -> compare(value) < 0;
      };
    }

    /** 0 if the label is absent or no number. */
    private int compare(@Nullable String value) {
      Long number = value == null ? null : number(value);
      Long bound = number(values.iterator().next());
      return number == null || bound == null ? 0 : number.compareTo(bound);
    }
  }

  /**
   * Parses the query parameter.
   *
   * @throws SelectorSyntaxException in the words of Kubernetes' parser
   */
  public static LabelSelector parse(String text) throws SelectorSyntaxException {
    if (text.isBlank()) {
      return EVERYTHING;
    }
    return new LabelSelector(new Parser(text).requirements());
  }

  /** Whether an object with these labels (an object node, or missing) is selected. */
  public boolean matches(JsonNode labels) {
    for (Requirement requirement : requirements) {
      JsonNode value = labels.get(requirement.key);
      if (!requirement.matches(value == null ? null : value.asString(""))) {
        return false;
      }
    }
    return true;
  }

  public boolean isEverything() {
    return requirements.isEmpty();
  }

  private static @Nullable Long number(String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException _) {
      return null;
    }
  }

  /** Null if it is a qualified name. */
  private static @Nullable String keyProblem(String key) {
    int slash = key.indexOf('/');
    String prefix = slash < 0 ? null : key.substring(0, slash);
    String name = key.substring(slash + 1);
    if (prefix != null && (prefix.length() > 253 || !PREFIX.matcher(prefix).matches())) {
      return "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric"
          + " characters, '-' or '.', and must start and end with an alphanumeric character";
    }
    if (!NAME.matcher(name).matches()) {
      return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start"
          + " and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc',"
          + " regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    }
    return null;
  }

  /** Recursive descent over words and symbols. */
  private static final class Parser {
    private final List<String> tokens = new ArrayList<>();
    private int at;

    Parser(String text) {
      int i = 0;
      while (i < text.length()) {
        char c = text.charAt(i);
        if (Character.isWhitespace(c)) {
          i++;
        } else if (isSymbol(c)) {
          boolean two =
              i + 1 < text.length() && text.charAt(i + 1) == '=' && (c == '=' || c == '!');
          tokens.add(text.substring(i, two ? i + 2 : i + 1));
          i += two ? 2 : 1;
        } else {
          int start = i;
          while (i < text.length()
              && !isSymbol(text.charAt(i))
              && !Character.isWhitespace(text.charAt(i))) {
            i++;
          }
          tokens.add(text.substring(start, i));
        }
      }
    }

    private static boolean isSymbol(char c) {
      return "=!(),<>".indexOf(c) >= 0;
    }

    private static boolean isWord(String token) {
      return !token.isEmpty() && !isSymbol(token.charAt(0));
    }

    private String peek() {
      return at < tokens.size() ? tokens.get(at) : "";
    }

    private String take() {
      String token = peek();
      at++;
      return token;
    }

    List<Requirement> requirements() throws SelectorSyntaxException {
      List<Requirement> all = new ArrayList<>();
      while (true) {
        all.add(requirement());
        String separator = take();
        if (separator.isEmpty()) {
          return all;
        }
        if (!separator.equals(",")) {
          throw problem("found '" + separator + "', expected: ',' or 'end of string'");
        }
        if (!isWord(peek()) && !peek().equals("!")) {
          throw problem("found '" + peek() + "', expected: identifier after ','");
        }
      }
    }

    private Requirement requirement() throws SelectorSyntaxException {
      boolean absent = peek().equals("!");
      if (absent) {
        at++;
      }
      String key = take();
      if (!isWord(key)) {
        throw problem("found '" + key + "', expected: !, identifier, or 'end of string'");
      }
      String wrong = keyProblem(key);
      if (wrong != null) {
        throw problem("<nil>: Invalid value: \"" + key + "\": " + wrong);
      }
      if (absent) {
        return new Requirement(key, Operator.ABSENT, Set.of());
      }
      String operator = peek();
      switch (operator) {
        case "", "," -> {
          return new Requirement(key, Operator.EXISTS, Set.of());
        }
        case "=", "==" -> {
          at++;
          return new Requirement(key, Operator.IN, Set.of(exactValue()));
        }
        case "!=" -> {
          at++;
          return new Requirement(key, Operator.NOT_IN, Set.of(exactValue()));
        }
        case "in" -> {
          at++;
          return new Requirement(key, Operator.IN, values());
        }
        case "notin" -> {
          at++;
          return new Requirement(key, Operator.NOT_IN, values());
        }
        case ">", "<" -> {
          at++;
          String value = exactValue();
          if (number(value) == null) {
            throw problem("for 'Gt', 'Lt' operators, the value must be an integer");
          }
          return new Requirement(
              key, operator.equals(">") ? Operator.GREATER : Operator.LESS, Set.of(value));
        }
        default ->
            throw problem(
                "found '" + operator + "', expected: in, notin, =, ==, !=, gt, lt, or ','");
      }
    }

    private String exactValue() throws SelectorSyntaxException {
      String token = peek();
      if (token.isEmpty() || token.equals(",")) {
        return ""; // "a=" selects the empty value
      }
      if (!isWord(token)) {
        throw problem("found '" + token + "', expected: identifier");
      }
      at++;
      return checked(token);
    }

    private Set<String> values() throws SelectorSyntaxException {
      String open = take();
      if (!open.equals("(")) {
        throw problem("found '" + open + "' expected: '('");
      }
      Set<String> values = new LinkedHashSet<>();
      while (true) {
        String token = peek();
        if (isWord(token)) {
          at++;
          values.add(checked(token));
        } else {
          values.add("");
        }
        String separator = take();
        if (separator.equals(")")) {
          return values;
        }
        if (!separator.equals(",")) {
          throw problem("found '" + separator + "', expected: ',' or ')'");
        }
      }
    }

    private static String checked(String value) throws SelectorSyntaxException {
      if (!NAME.matcher(value).matches()) {
        throw problem(
            "values[0][]: Invalid value: \""
                + value
                + "\": a valid label must be an empty string or consist of alphanumeric"
                + " characters, '-', '_' or '.', and must start and end with an alphanumeric"
                + " character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for"
                + " validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
      }
      return value;
    }

    private static SelectorSyntaxException problem(String message) {
      return new SelectorSyntaxException("unable to parse requirement: " + message);
    }
  }
}
