// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A JSON tree as Go's {@code %v} prints it: {@code map[a:1 b:[x y]]}. It stands in Kubernetes'
 * patch messages.
 */
final class GoText {
  private static final int MAX_LENGTH = 2000;

  private GoText() {}

  static String of(JsonNode node) {
    StringBuilder out = new StringBuilder();
    append(out, node);
    return out.length() <= MAX_LENGTH ? out.toString() : out.substring(0, MAX_LENGTH) + "...";
  }

  private static void append(StringBuilder out, JsonNode node) {
    if (out.length() > MAX_LENGTH) {
      return;
    }
    if (node.isObject()) {
      out.append("map[");
      String separator = "";
      Map<String, JsonNode> sorted = new TreeMap<>();
      node.properties().forEach(e -> sorted.put(e.getKey(), e.getValue()));
      for (Map.Entry<String, JsonNode> entry : sorted.entrySet()) {
        out.append(separator).append(entry.getKey()).append(':');
        append(out, entry.getValue());
        separator = " ";
      }
      out.append(']');
    } else if (node.isArray()) {
      out.append('[');
      String separator = "";
      for (JsonNode element : node) {
        out.append(separator);
        append(out, element);
        separator = " ";
      }
      out.append(']');
    } else {
      out.append(node.isNull() ? "<nil>" : node.asString());
    }
  }
}
