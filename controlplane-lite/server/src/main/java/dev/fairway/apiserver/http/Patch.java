// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ObjectPatcher;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A patch by content type.
 *
 * @param duplicates complaints about fields that stand in it twice
 * @param apply whether it is applied configuration
 */
record Patch(ObjectPatcher.Type type, JsonNode tree, List<String> duplicates, boolean apply) {

  static Patch read(Exchange exchange) throws IOException, StatusException {
    String header = exchange.header("Content-Type");
    String type = MediaType.parse(header == null ? "" : header).type();
    byte[] bytes = Body.bytes(exchange);
    return switch (type) {
      case "application/json-patch+json" -> of(ObjectPatcher.Type.JSON, bytes, "json patch ");
      case "application/merge-patch+json" -> of(ObjectPatcher.Type.MERGE, bytes, "");
      case "application/strategic-merge-patch+json" -> of(ObjectPatcher.Type.STRATEGIC, bytes, "");
      case "application/apply-patch+yaml" ->
          new Patch(ObjectPatcher.Type.STRATEGIC, Body.parse(bytes, true).tree(), List.of(), true);
      default ->
          throw new StatusException(
              415,
              "UnsupportedMediaType",
              "the body of the request was in an unknown format - accepted media types include:"
                  + " application/json-patch+json, application/merge-patch+json,"
                  + " application/strategic-merge-patch+json, application/apply-patch+yaml",
              null);
    };
  }

  private static Patch of(ObjectPatcher.Type type, byte[] bytes, String prefix)
      throws StatusException {
    Body.Parsed parsed = Body.parse(bytes, false);
    List<String> duplicates = parsed.duplicates().stream().map(prefix::concat).toList();
    return new Patch(type, parsed.tree(), duplicates, false);
  }

  boolean namesVersion() {
    if (type == ObjectPatcher.Type.JSON) {
      for (JsonNode operation : tree) {
        if (operation.path("path").asString("").equals("/metadata/resourceVersion")) {
          return true;
        }
      }
      return false;
    }
    return !tree.path("metadata").path("resourceVersion").asString("").isEmpty();
  }

  /** What messages about the patch's result show: the result or, as Go prints it, the patch. */
  String inMessages(ObjectNode result) {
    return type == ObjectPatcher.Type.STRATEGIC
        ? go(tree)
        : new String(Json.bytes(result), StandardCharsets.UTF_8);
  }

  private static String go(JsonNode value) {
    if (value instanceof ObjectNode object) {
      StringJoiner fields = new StringJoiner(" ", "map[", "]");
      Map<String, JsonNode> sorted = new TreeMap<>();
      object.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
      sorted.forEach((name, field) -> fields.add(name + ":" + go(field)));
      return fields.toString();
    }
    if (value.isArray()) {
      StringJoiner elements = new StringJoiner(" ", "[", "]");
      value.forEach(element -> elements.add(go(element)));
      return elements.toString();
    }
    return value.isNull() ? "<nil>" : value.asString();
  }
}
