// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import dev.fairway.apiserver.registry.HumanDuration;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Texts that several kinds show. */
final class Cells {
  static final String NONE = "<none>";
  static final String UNSET = "<unset>";
  static final String UNKNOWN = "<unknown>";

  private Cells() {}

  static String text(JsonNode o, String field) {
    return o.path(field).asString("");
  }

  static String orElse(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  static String name(JsonNode o) {
    return text(o.path("metadata"), "name");
  }

  static String age(JsonNode o, Instant now) {
    return since(text(o.path("metadata"), "creationTimestamp"), now);
  }

  static String since(String timestamp, Instant now) {
    Instant then = instant(timestamp);
    return then == null ? UNKNOWN : HumanDuration.format(Duration.between(then, now));
  }

  static @Nullable Instant instant(String timestamp) {
    if (timestamp.isEmpty()) {
      return null;
    }
    try {
      return OffsetDateTime.parse(timestamp).toInstant();
    } catch (DateTimeException _) {
      return null;
    }
  }

  /** A label map as {@code a=b,c=d}, sorted. */
  static String labels(JsonNode labels) {
    StringJoiner out = new StringJoiner(",");
    Map<String, String> sorted = new TreeMap<>();
    labels.properties().forEach(e -> sorted.put(e.getKey(), e.getValue().asString("")));
    sorted.forEach((k, v) -> out.add(k + "=" + v));
    return orElse(out.toString(), NONE);
  }

  /** A LabelSelector as the label selector syntax writes it. */
  static String selector(JsonNode selector) {
    if (selector.isMissingNode() || selector.isNull()) {
      return NONE;
    }
    TreeMap<String, String> byKey = new TreeMap<>();
    selector
        .path("matchLabels")
        .properties()
        .forEach(e ->
            byKey.merge(e.getKey(), e.getKey() + "=" + e.getValue().asString(""), Cells::comma));
    for (JsonNode expression : selector.path("matchExpressions")) {
      String key = text(expression, "key");
      byKey.merge(key, expression(key, expression), Cells::comma);
    }
    return orElse(String.join(",", byKey.values()), NONE);
  }

  private static String comma(String a, String b) {
    return a + "," + b;
  }

  private static String expression(String key, JsonNode expression) {
    List<String> values =
        expression.path("values").valueStream().map(v -> v.asString("")).sorted().toList();
    String list = "(" + String.join(",", values) + ")";
    return switch (text(expression, "operator")) {
      case "In" -> key + " in " + list;
      case "NotIn" -> key + " notin " + list;
      case "DoesNotExist" -> "!" + key;
      default -> key;
    };
  }
}
