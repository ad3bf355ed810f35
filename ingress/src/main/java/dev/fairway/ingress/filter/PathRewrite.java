// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Replaces the whole path that the backend gets where an expression is found in it; what the groups
 * of the expression matched can be put into the new path. The query stays.
 *
 * @param expression RE2: linear in time
 * @param target the new path, with {@code $1} to {@code $9}; a query in it comes before that of the
 *     client
 * @param prefix what the backend gets as X-Forwarded-Prefix, with the same groups, or ""
 */
public record PathRewrite(Pattern expression, String target, String prefix) implements RouteFilter {
  private static final String PREFIX_NAME = "X-Forwarded-Prefix";
  private static final String PREFIX_LOWER = "x-forwarded-prefix";

  @Override
  public Outcome onRequest(RequestContext request) {
    RequestTarget asked = request.target();
    Matcher matcher = expression.matcher(asked.path());
    if (!matcher.find()) {
      return Outcome.CONTINUE;
    }
    String result = fill(target, matcher);
    RequestTarget normal =
        RequestTarget.parse(result.startsWith("/") ? result : "/" + result, null);
    if (normal == null) {
      request.answer(400, "the rewritten path is not valid");
      return Outcome.ANSWERED;
    }
    if (!prefix.isEmpty()) {
      request.head().fields().removeNamed(PREFIX_LOWER);
      request.head().fields().add(PREFIX_NAME, fill(prefix, matcher));
    }
    String query = asked.query();
    if (!normal.query().isEmpty()) {
      query = query.isEmpty() ? normal.query() : normal.query() + "&" + query.substring(1);
    }
    request.forwardTarget(normal.path() + query);
    return Outcome.CONTINUE;
  }

  private static String fill(String template, Matcher matcher) {
    if (template.indexOf('$') < 0) {
      return template;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      int group = c == '$' && i + 1 < template.length() ? template.charAt(i + 1) - '0' : -1;
      if (group < 1 || group > 9) {
        out.append(c);
        continue;
      }
      String matched = group <= matcher.groupCount() ? matcher.group(group) : null;
      out.append(matched == null ? "" : matched);
      i++;
    }
    return out.toString();
  }

  @Override
  public String describe() {
    return "where " + expression + " is found in the path, the backend gets " + target;
  }
}
