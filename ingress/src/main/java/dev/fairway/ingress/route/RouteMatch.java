// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import com.google.re2j.Pattern;
import dev.fairway.ingress.http1.HttpFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request must look like for a route to apply.
 *
 * @param host a lower-case host name, {@code *.parent}, or "" for every host that no other route
 *     claims
 * @param path starts with a slash, except where it is an expression
 * @param pattern the compiled expression where the type is REGEX, else null
 * @param method the only method, or null for all
 * @param headers all of them must hold
 * @param queries all of them must hold
 */
public record RouteMatch(
    String host,
    PathType pathType,
    String path,
    @Nullable Pattern pattern,
    @Nullable String method,
    List<ValueMatch> headers,
    List<ValueMatch> queries) {
  public RouteMatch {
    headers = List.copyOf(headers);
    queries = List.copyOf(queries);
    if ((pathType == PathType.REGEX) != (pattern != null)) {
      throw new IllegalArgumentException("a pattern belongs to an expression: " + path);
    }
  }

  /** A match of host and path alone. */
  public static RouteMatch path(String host, PathType pathType, String path) {
    return new RouteMatch(host, pathType, path, null, null, List.of(), List.of());
  }

  /**
   * A match of a host and an expression.
   *
   * @param caseSensitive whether letters of the path must be of the same case
   * @throws com.google.re2j.PatternSyntaxException where the text is no RE2 expression, or too
   *     large
   */
  public static RouteMatch regex(String host, String expression, boolean caseSensitive) {
    Pattern pattern = Expressions.compile(expression, caseSensitive ? 0 : Pattern.CASE_INSENSITIVE);
    return new RouteMatch(host, PathType.REGEX, expression, pattern, null, List.of(), List.of());
  }

  /** The same match, with conditions on what else a request says. */
  public RouteMatch where(
      @Nullable String onlyMethod, List<ValueMatch> onHeaders, List<ValueMatch> onQueries) {
    return new RouteMatch(host, pathType, path, pattern, onlyMethod, onHeaders, onQueries);
  }

  /** Whether host and path decide alone. */
  public boolean isUnconditional() {
    return method == null && headers.isEmpty() && queries.isEmpty();
  }

  /** Whether method, header fields and query are as asked for; host and path are not looked at. */
  boolean accepts(RequestTarget target, String requestMethod, HttpFields fields) {
    if (method != null && !method.equals(requestMethod)) {
      return false;
    }
    for (int i = 0; i < headers.size(); i++) {
      ValueMatch header = headers.get(i);
      if (!header.accepts(fields.combined(header.name()))) {
        return false;
      }
    }
    for (int i = 0; i < queries.size(); i++) {
      ValueMatch query = queries.get(i);
      if (!query.accepts(target.queryParameter(query.name()))) {
        return false;
      }
    }
    return true;
  }
}
