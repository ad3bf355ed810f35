// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Query parameters; the first of a name counts. Immutable. */
final class QueryParameters {
  private final Map<String, String> values;

  private QueryParameters(Map<String, String> values) {
    this.values = values;
  }

  static QueryParameters parse(String query) throws StatusException {
    Map<String, String> values = new HashMap<>();
    for (String pair : query.split("&")) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        values.putIfAbsent(decode(name), decode(value));
      }
    }
    return new QueryParameters(values);
  }

  static String decode(String text) throws StatusException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw StatusException.badRequest("invalid URL escape in \"" + text + "\"");
    }
  }

  /** "" if absent. */
  String text(String name) {
    return values.getOrDefault(name, "");
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  boolean flag(String name) throws StatusException {
    String value = text(name);
    return switch (value) {
      case "" -> values.containsKey(name);
      case "1", "true", "True", "TRUE", "t", "T" -> true;
      case "0", "false", "False", "FALSE", "f", "F" -> false;
      default -> throw invalid(name, value);
    };
  }

  @Nullable Long number(String name) throws StatusException {
    String value = text(name);
    if (value.isEmpty()) {
      return null;
    }
    try {
      return Long.valueOf(value);
    } catch (NumberFormatException _) {
      throw invalid(name, value);
    }
  }

  private static StatusException invalid(String name, String value) {
    return StatusException.badRequest("invalid value \"" + value + "\" of query parameter " + name);
  }
}
