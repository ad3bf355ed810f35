// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What consistent hashing hashes of a request: a template of text and nginx variables, compiled
 * once. Known variables: {@code $request_uri}, {@code $uri}, {@code $args}, {@code $query_string},
 * {@code $host}, {@code $http_host}, {@code $remote_addr}, {@code $binary_remote_addr}, {@code
 * $scheme}, {@code $request_method}, {@code $http_NAME}, {@code $cookie_NAME}, {@code $arg_NAME}.
 * Immutable.
 */
public final class HashKey {
  /** The hash of a request that has no value for any variable. */
  public static final long NONE = 0;

  /** A variable, or a text where the value does not depend on the request. */
  private record Part(@Nullable String text, Function<RequestContext, @Nullable String> value) {}

  private final List<Part> parts;
  private final boolean constant;

  private HashKey(List<Part> parts) {
    this.parts = List.copyOf(parts);
    constant = parts.stream().allMatch(part -> part.text() != null);
  }

  /**
   * Compiles a template; {@code $name} and <code>${name}</code> are variables.
   *
   * @throws IllegalArgumentException where it is empty or names an unknown variable
   */
  public static HashKey compile(String template) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < template.length()) {
      int dollar = template.indexOf('$', at);
      int textEnd = dollar < 0 ? template.length() : dollar;
      if (textEnd > at) {
        String text = template.substring(at, textEnd);
        parts.add(new Part(text, _ -> text));
      }
      if (dollar < 0) {
        break;
      }
      boolean braces = template.startsWith("{", dollar + 1);
      int from = dollar + (braces ? 2 : 1);
      int to = from;
      while (to < template.length() && isNamePart(template.charAt(to))) {
        to++;
      }
      if (braces && !template.startsWith("}", to)) {
        throw new IllegalArgumentException("a brace is not closed: " + template);
      }
      parts.add(new Part(null, variable(template.substring(from, to))));
      at = braces ? to + 1 : to;
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("the template is empty");
    }
    return new HashKey(parts);
  }

  /** The hash of a request, or {@link #NONE}. */
  public long hash(RequestContext request) {
    long hash = Hashes.start();
    boolean any = constant;
    for (Part part : parts) {
      String value = part.value().apply(request);
      if (value != null) {
        hash = Hashes.feed(hash, value);
        any |= part.text() == null && !value.isEmpty();
      }
    }
    if (!any) {
      return NONE;
    }
    long mixed = Hashes.mix(hash);
    return mixed == NONE ? 1 : mixed;
  }

  private static boolean isNamePart(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  private static Function<RequestContext, @Nullable String> variable(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    Function<RequestContext, @Nullable String> known =
        switch (lower) {
          case "request_uri" -> request -> request.head().target();
          case "uri", "document_uri" -> request -> request.target().path();
          case "args", "query_string" -> HashKey::query;
          case "host" -> request -> request.target().host();
          case "remote_addr", "binary_remote_addr" -> request -> request.client().address();
          case "scheme" -> request -> request.client().scheme();
          case "request_method" -> request -> request.head().method();
          default -> null;
        };
    if (known != null) {
      return known;
    }
    if (lower.startsWith("http_") && lower.length() > 5) {
      String field = lower.substring(5).replace('_', '-');
      return request -> request.head().fields().get(field);
    }
    if (lower.startsWith("cookie_") && lower.length() > 7) {
      String cookie = name.substring(7);
      return request -> cookie(request.head().fields(), cookie);
    }
    if (lower.startsWith("arg_") && lower.length() > 4) {
      String parameter = name.substring(4);
      return request -> request.target().queryParameter(parameter);
    }
    throw new IllegalArgumentException("unknown variable: $" + name);
  }

  private static String query(RequestContext request) {
    String query = request.target().query();
    return query.isEmpty() ? query : query.substring(1);
  }

  /** The value of the first cookie with the name, or null. */
  private static @Nullable String cookie(HttpFields fields, String name) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.COOKIE) {
        String value = cookie(fields.value(i), name);
        if (value != null) {
          return value;
        }
      }
    }
    return null;
  }

  private static @Nullable String cookie(String line, String name) {
    int at = 0;
    while (at < line.length()) {
      int end = line.indexOf(';', at);
      end = end < 0 ? line.length() : end;
      int start = at;
      while (start < end && line.charAt(start) == ' ') {
        start++;
      }
      int equals = start + name.length();
      if (equals < end && line.startsWith(name, start) && line.charAt(equals) == '=') {
        return line.substring(equals + 1, end).strip();
      }
      at = end + 1;
    }
    return null;
  }
}
