// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON patch, RFC 6902, strict: {@code replace} and {@code remove} need an existing target. {@code
 * copy} may not grow the document without bound.
 */
public final class JsonPatch {
  /** Most operations in one patch, as in Kubernetes. */
  public static final int MAX_OPERATIONS = 10_000;

  // Nodes that all copy operations of one patch may add; a few doubling copies would otherwise fill
  // the heap.
  private static final long MAX_COPIED_NODES = 100_000;

  private JsonNode document;
  private long copied;

  private JsonPatch(JsonNode document) {
    this.document = document;
  }

  /**
   * Returns {@code target} after all operations of {@code patch}; neither is changed.
   *
   * @throws PatchException 400 if the patch is malformed, 413 if it has too many operations, 422 if
   *     it does not apply
   */
  public static JsonNode apply(JsonNode target, JsonNode patch) throws PatchException {
    if (!patch.isArray()) {
      throw PatchException.malformed(
          "error decoding patch: json: cannot unmarshal "
              + StrategicMergePatch.jsonType(patch)
              + " into Go value of type []handlers.jsonPatchOp");
    }
    if (patch.size() > MAX_OPERATIONS) {
      throw PatchException.tooLarge(
          "The allowed maximum operations in a JSON patch is "
              + MAX_OPERATIONS
              + ", got "
              + patch.size());
    }
    JsonPatch run = new JsonPatch(target.deepCopy());
    for (JsonNode operation : patch) {
      run.operation(operation);
    }
    return run.document;
  }

  private void operation(JsonNode operation) throws PatchException {
    if (!operation.isObject()) {
      throw PatchException.malformed(
          "error decoding patch: json: cannot unmarshal "
              + StrategicMergePatch.jsonType(operation)
              + " into Go value of type handlers.jsonPatchOp");
    }
    String op = text(operation, "op");
    List<String> path = pointer(text(operation, "path"));
    switch (op) {
      case "add" -> add(path, value(operation, op).deepCopy(), op);
      case "remove" -> remove(path, op);
      case "replace" -> replace(path, value(operation, op).deepCopy());
      case "move" -> {
        List<String> from = pointer(text(operation, "from"));
        if (path.size() > from.size() && path.subList(0, from.size()).equals(from)) {
          throw PatchException.doesNotApply(
              "move operation does not apply: cannot move " + join(from) + " into itself");
        }
        add(path, remove(from, op), op);
      }
      case "copy" -> {
        JsonNode source = find(pointer(text(operation, "from")), op);
        copied += count(source);
        if (copied > MAX_COPIED_NODES) {
          throw PatchException.tooLarge("copy operations of this JSON patch add too much");
        }
        add(path, source.deepCopy(), op);
      }
      case "test" -> {
        JsonNode expected = operation.has("value") ? operation.get("value") : nullNode();
        if (!sameJson(find(path, op), expected)) {
          throw PatchException.doesNotApply("testing value " + join(path) + " failed: test failed");
        }
      }
      default -> throw PatchException.doesNotApply("Unexpected kind: " + op);
    }
  }

  private void add(List<String> path, JsonNode value, String op) throws PatchException {
    if (path.isEmpty()) {
      document = value;
      return;
    }
    String last = path.getLast();
    switch (find(path.subList(0, path.size() - 1), op)) {
      case ObjectNode object -> object.set(last, value);
      case ArrayNode array ->
          array.insert(
              last.equals("-") ? array.size() : index(last, array.size(), path, op), value);
      default -> throw missing(path, op);
    }
  }

  private JsonNode remove(List<String> path, String op) throws PatchException {
    if (path.isEmpty()) {
      throw PatchException.doesNotApply(
          op + " operation does not apply: the whole document cannot be removed");
    }
    JsonNode value = find(path, op);
    String last = path.getLast();
    switch (find(path.subList(0, path.size() - 1), op)) {
      case ObjectNode object -> object.remove(last);
      case ArrayNode array -> array.remove(index(last, array.size() - 1, path, op));
      default -> throw missing(path, op);
    }
    return value;
  }

  private void replace(List<String> path, JsonNode value) throws PatchException {
    if (path.isEmpty()) {
      document = value;
      return;
    }
    JsonNode old = find(path, "replace");
    assert old != null;
    String last = path.getLast();
    switch (find(path.subList(0, path.size() - 1), "replace")) {
      case ObjectNode object -> object.set(last, value);
      case ArrayNode array -> array.set(index(last, array.size() - 1, path, "replace"), value);
      default -> throw missing(path, "replace");
    }
  }

  private JsonNode find(List<String> path, String op) throws PatchException {
    JsonNode at = document;
    for (String step : path) {
      at =
          switch (at) {
            case ObjectNode object when object.has(step) -> object.get(step);
            case ArrayNode array -> array.get(index(step, array.size() - 1, path, op));
            default -> throw missing(path, op);
          };
    }
    return at;
  }

  private static int index(String step, int max, List<String> path, String op)
      throws PatchException {
    boolean digits = !step.isEmpty() && step.length() <= 9;
    for (int i = 0; digits && i < step.length(); i++) {
      digits = step.charAt(i) >= '0' && step.charAt(i) <= '9';
    }
    if (!digits || (step.length() > 1 && step.charAt(0) == '0')) {
      throw PatchException.doesNotApply(
          op + " operation does not apply: invalid array index \"" + step + "\" in " + join(path));
    }
    int index = Integer.parseInt(step);
    if (index > max) {
      throw PatchException.doesNotApply(
          op + " operation does not apply: index out of bounds: " + join(path));
    }
    return index;
  }

  private static List<String> pointer(String text) throws PatchException {
    List<String> steps = new ArrayList<>();
    if (text.isEmpty()) {
      return steps;
    }
    if (text.charAt(0) != '/') {
      throw PatchException.doesNotApply("invalid JSON pointer \"" + text + "\": must begin with /");
    }
    for (String step : text.substring(1).split("/", -1)) {
      steps.add(step.replace("~1", "/").replace("~0", "~"));
    }
    return steps;
  }

  private static String join(List<String> path) {
    StringBuilder out = new StringBuilder();
    for (String step : path) {
      out.append('/').append(step.replace("~", "~0").replace("/", "~1"));
    }
    return out.toString();
  }

  private static String text(JsonNode operation, String field) throws PatchException {
    JsonNode value = operation.path(field);
    if (!value.isString()) {
      throw PatchException.doesNotApply("operation is missing its \"" + field + "\" field");
    }
    return value.stringValue();
  }

  private static JsonNode value(JsonNode operation, String op) throws PatchException {
    if (!operation.has("value")) {
      throw PatchException.doesNotApply(op + " operation is missing its \"value\" field");
    }
    return operation.get("value");
  }

  private static PatchException missing(List<String> path, String op) {
    return PatchException.doesNotApply(
        op + " operation does not apply: doc is missing path: " + join(path));
  }

  private static JsonNode nullNode() {
    return JsonNodeFactory.instance.nullNode();
  }

  private static long count(JsonNode node) {
    long sum = 1;
    for (JsonNode child : node) {
      sum += count(child);
    }
    return sum;
  }

  /** Equality of RFC 6902: numbers by value (1 equals 1.0), objects without order. */
  private static boolean sameJson(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      BigDecimal left = a.decimalValue();
      return left.compareTo(b.decimalValue()) == 0;
    }
    if (a.getNodeType() != b.getNodeType() || a.size() != b.size()) {
      return false;
    }
    if (a.isObject()) {
      for (Map.Entry<String, JsonNode> field : a.properties()) {
        if (!b.has(field.getKey()) || !sameJson(field.getValue(), b.get(field.getKey()))) {
          return false;
        }
      }
      return true;
    }
    if (a.isArray()) {
      for (int i = 0; i < a.size(); i++) {
        if (!sameJson(a.get(i), b.get(i))) {
          return false;
        }
      }
      return true;
    }
    return a.equals(b);
  }
}
