// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** ConfigMap: text and binary values by key, perhaps sealed. */
final class ConfigMapStrategy implements KindStrategy {
  static final int MAX_BYTES = 1024 * 1024;
  static final String SEALED = "field is immutable when `immutable` is set";

  @Override
  public TablePrinter table() {
    return Printers.CONFIG_MAPS;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    Tree.dropEmpty(o, "data", "binaryData");
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    JsonNode data = next.path("data");
    JsonNode binary = next.path("binaryData");
    if (old != null && Tree.flag(old, "immutable")) {
      sealed(problems, next, old, List.of("data", "binaryData"));
    }
    long size = 0;
    for (Map.Entry<String, JsonNode> entry : data.properties()) {
      String key = entry.getKey();
      problems.syntax("data[" + key + "]", key, Syntax.configKey(key));
      if (binary.has(key)) {
        problems.invalid("data[" + key + "]", key, "duplicate of key present in binaryData");
      }
      size += entry.getValue().asString("").getBytes(StandardCharsets.UTF_8).length;
    }
    for (Map.Entry<String, JsonNode> entry : binary.properties()) {
      problems.syntax(
          "binaryData[" + entry.getKey() + "]", entry.getKey(), Syntax.configKey(entry.getKey()));
      size += decodedLength(entry.getValue().asString(""));
    }
    if (size > MAX_BYTES) {
      problems.tooLong("", MAX_BYTES);
    }
    return problems.list();
  }

  /** Once sealed, neither the seal nor the values change. */
  static void sealed(Problems problems, ObjectNode next, ObjectNode old, List<String> fields) {
    if (!Tree.flag(next, "immutable")) {
      problems.forbidden("immutable", SEALED);
    }
    for (String field : fields) {
      boolean bothEmpty = next.path(field).isEmpty() && old.path(field).isEmpty();
      if (!bothEmpty && !next.path(field).equals(old.path(field))) {
        problems.forbidden(field, SEALED);
      }
    }
  }

  static long decodedLength(String base64) {
    String text = base64.replace("\n", "").replace("\r", "");
    int padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
    return text.length() / 4 * 3L - padding;
  }
}
