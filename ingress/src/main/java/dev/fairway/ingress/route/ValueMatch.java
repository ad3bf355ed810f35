// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a header field or a query parameter.
 *
 * @param name of a header field in lower case; of a query parameter as it is written, decoded
 * @param value the exact value, or the expression where there is a pattern
 * @param pattern must match the whole value; null for the exact value. RE2: linear in time
 */
public record ValueMatch(String name, String value, @Nullable Pattern pattern) {
  /** The value must be equal. */
  public static ValueMatch exact(String name, String value) {
    return new ValueMatch(name, value, null);
  }

  /**
   * The whole value must match an expression.
   *
   * @throws com.google.re2j.PatternSyntaxException where it is none
   */
  public static ValueMatch regex(String name, String expression) {
    return new ValueMatch(name, expression, Expressions.compile(expression, 0));
  }

  boolean accepts(@Nullable String actual) {
    if (actual == null) {
      return false;
    }
    Pattern expression = pattern;
    return expression == null ? actual.equals(value) : expression.matches(actual);
  }
}
