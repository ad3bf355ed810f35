// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import dev.fairway.apiserver.schema.FieldSchema;
import dev.fairway.apiserver.schema.ObjectSchema;
import dev.fairway.apiserver.schema.Schemas;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Kubernetes strategic merge patch: objects merge, lists merge by the key their schema names (or
 * are replaced), and the directives {@code $patch}, {@code $deleteFromPrimitiveList/f}, {@code
 * $setElementOrder/f} and {@code $retainKeys} change that.
 */
public final class StrategicMergePatch {
  private static final String PATCH = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String DELETE_FROM = "$deleteFromPrimitiveList/";
  private static final String ELEMENT_ORDER = "$setElementOrder/";
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Schemas schemas = Schemas.get();

  private StrategicMergePatch() {}

  /**
   * Returns {@code original} with {@code patch} merged in; neither is changed.
   *
   * @param schema schema of the object's kind
   * @throws PatchException if the patch is malformed or does not fit the object
   */
  public static ObjectNode apply(ObjectNode original, JsonNode patch, ObjectSchema schema)
      throws PatchException {
    if (!(patch instanceof ObjectNode object)) {
      throw PatchException.malformed(
          "json: cannot unmarshal "
              + jsonType(patch)
              + " into Go value of type map[string]interface {}");
    }
    return new StrategicMergePatch().map(original.deepCopy(), object.deepCopy(), schema);
  }

  /** Merges {@code patch} into {@code original}; consumes both. */
  private ObjectNode map(ObjectNode original, ObjectNode patch, @Nullable ObjectSchema schema)
      throws PatchException {
    JsonNode directive = patch.get(PATCH);
    if (directive != null) {
      return switch (directive.asString("")) {
        case "replace" -> {
          patch.remove(PATCH);
          yield patch;
        }
        case "delete" -> NODES.objectNode();
        default ->
            throw PatchException.malformed(
                "unknown patch type: " + GoText.of(directive) + " in map: " + GoText.of(patch));
      };
    }
    retainKeys(original, patch);
    elementOrders(original, patch, schema);
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      field(original, entry.getKey(), entry.getValue(), schema);
    }
    return original;
  }

  private void field(ObjectNode original, String key, JsonNode value, @Nullable ObjectSchema schema)
      throws PatchException {
    if (key.startsWith(DELETE_FROM)) {
      deleteFromPrimitives(original, key.substring(DELETE_FROM.length()), value);
      return;
    }
    if (value.isNull()) {
      original.remove(key);
      return;
    }
    FieldSchema field = schema == null ? null : schema.field(key);
    boolean replaces = field != null && field.patchStrategies().contains("replace");
    JsonNode present = original.get(key);
    if (present instanceof ObjectNode into && value instanceof ObjectNode from && !replaces) {
      original.set(key, map(into, from, schemas.structure(field)));
    } else if (present instanceof ArrayNode into
        && value instanceof ArrayNode from
        && merges(field)) {
      original.set(key, list(into, from, key, field));
    } else {
      original.set(key, withoutDirectives(value));
    }
  }

  private static boolean merges(@Nullable FieldSchema field) {
    return field != null && field.patchStrategies().contains("merge");
  }

  private static void retainKeys(ObjectNode original, ObjectNode patch) throws PatchException {
    JsonNode retained = patch.get(RETAIN_KEYS);
    if (retained == null) {
      return;
    }
    if (!retained.isArray()) {
      throw PatchException.malformed("invalid patch format of " + RETAIN_KEYS);
    }
    patch.remove(RETAIN_KEYS);
    Set<String> names = new HashSet<>();
    for (JsonNode name : retained) {
      names.add(name.asString(""));
    }
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      String key = entry.getKey();
      boolean directive = key.startsWith(DELETE_FROM) || key.startsWith(ELEMENT_ORDER);
      if (!directive && !entry.getValue().isNull() && !names.contains(key)) {
        throw PatchException.malformed(
            "The retainKeys list: "
                + GoText.of(retained)
                + " must contain all fields present in the patch object: "
                + GoText.of(patch));
      }
    }
    original.retain(names);
  }

  private static void deleteFromPrimitives(ObjectNode original, String key, JsonNode gone)
      throws PatchException {
    if (!gone.isArray()) {
      throw PatchException.malformed("invalid patch format of " + DELETE_FROM + key);
    }
    if (original.get(key) instanceof ArrayNode list) {
      Set<JsonNode> removed = new HashSet<>();
      gone.forEach(removed::add);
      ArrayNode kept = NODES.arrayNode();
      for (JsonNode element : list) {
        if (!removed.contains(element)) {
          kept.add(element);
        }
      }
      original.set(key, kept);
    }
  }

  /**
   * Handles every {@code $setElementOrder/field}: merges the list and brings it into the wanted
   * order.
   */
  private void elementOrders(ObjectNode original, ObjectNode patch, @Nullable ObjectSchema schema)
      throws PatchException {
    List<String> directives = new ArrayList<>();
    for (String key : patch.propertyNames()) {
      if (key.startsWith(ELEMENT_ORDER)) {
        directives.add(key);
      }
    }
    for (String directive : directives) {
      JsonNode order = patch.remove(directive);
      String key = directive.substring(ELEMENT_ORDER.length());
      JsonNode changes = patch.get(key);
      if (!(order instanceof ArrayNode wanted)) {
        throw PatchException.malformed("invalid patch format of " + directive);
      }
      if (changes != null && changes.isNull()) {
        continue;
      }
      FieldSchema field = schema == null ? null : schema.field(key);
      String mergeKey = field == null ? null : field.mergeKey();
      JsonNode before = original.get(key);
      ArrayNode old = before instanceof ArrayNode present ? present.deepCopy() : NODES.arrayNode();
      if (changes instanceof ArrayNode elements) {
        checkOrder(elements, wanted, mergeKey);
        field(original, key, elements, schema);
        patch.remove(key);
      }
      if (original.get(key) instanceof ArrayNode merged) {
        original.set(key, MergedList.order(merged, wanted, old, mergeKey));
      }
    }
  }

  private static void checkOrder(ArrayNode elements, ArrayNode wanted, @Nullable String mergeKey)
      throws PatchException {
    int at = 0;
    for (JsonNode element : elements) {
      if (element.has(PATCH)) {
        continue;
      }
      JsonNode identity = MergedList.identity(element, mergeKey);
      while (at < wanted.size()
          && !identity.equals(MergedList.identity(wanted.get(at), mergeKey))) {
        at++;
      }
      if (at == wanted.size()) {
        throw PatchException.malformed(
            "The order in patch list:\n"
                + GoText.of(elements)
                + "\n doesn't match $setElementOrder list:\n"
                + GoText.of(wanted)
                + "\n");
      }
      at++;
    }
  }

  private ArrayNode list(
      ArrayNode original, ArrayNode patch, String key, @Nullable FieldSchema field)
      throws PatchException {
    if (original.isEmpty() && patch.isEmpty()) {
      return original;
    }
    boolean objects = sameShape(original, patch);
    if (!objects) {
      MergedList merged = new MergedList(original, null);
      for (JsonNode element : patch) {
        merged.addIfAbsent(element);
      }
      return MergedList.order(merged.toArray(), patch, original, null);
    }
    String mergeKey = field == null ? null : field.mergeKey();
    if (mergeKey == null) {
      throw PatchException.malformed("cannot merge lists without merge key for " + key);
    }
    ArrayNode plain = NODES.arrayNode();
    List<JsonNode> deleted = new ArrayList<>();
    boolean replace = false;
    for (JsonNode element : patch) {
      JsonNode directive = element.get(PATCH);
      if (directive == null) {
        plain.add(element);
        continue;
      }
      switch (directive.asString("")) {
        case "delete" -> deleted.add(mergeKeyOf(element, mergeKey));
        case "replace" -> replace = true;
        case "merge" ->
            throw PatchException.malformed("merging lists cannot yet be specified in the patch");
        default ->
            throw PatchException.malformed(
                "unknown patch type: " + GoText.of(directive) + " in map: " + GoText.of(element));
      }
    }
    if (replace) {
      return plain;
    }
    MergedList merged = new MergedList(original, mergeKey);
    deleted.forEach(merged::remove);
    ObjectSchema elementSchema = field == null ? null : schemas.structure(field.items());
    for (JsonNode element : plain) {
      mergeElement(merged, (ObjectNode) element, mergeKey, elementSchema);
    }
    return MergedList.order(merged.toArray(), plain, original, mergeKey);
  }

  private void mergeElement(
      MergedList merged, ObjectNode element, String mergeKey, @Nullable ObjectSchema schema)
      throws PatchException {
    JsonNode identity = mergeKeyOf(element, mergeKey);
    JsonNode present = merged.find(identity);
    if (present instanceof ObjectNode into) {
      merged.replace(identity, map(into, element, schema));
    } else {
      merged.addIfAbsent(withoutDirectives(element));
    }
  }

  private static JsonNode mergeKeyOf(JsonNode element, String mergeKey) throws PatchException {
    JsonNode identity = element.get(mergeKey);
    if (identity == null) {
      throw PatchException.malformed(
          "map: " + GoText.of(element) + " does not contain declared merge key: " + mergeKey);
    }
    return identity;
  }

  /** Whether both lists hold objects (true) or neither does (false). */
  private static boolean sameShape(ArrayNode original, ArrayNode patch) throws PatchException {
    boolean first = (original.isEmpty() ? patch : original).get(0).isObject();
    for (ArrayNode list : List.of(original, patch)) {
      for (JsonNode element : list) {
        if (element.isObject() != first || element.isArray()) {
          throw PatchException.malformed(
              "list element types are not identical: ["
                  + GoText.of(original)
                  + " "
                  + GoText.of(patch)
                  + "]");
        }
      }
    }
    return first;
  }

  /**
   * A value that enters the object anew: nothing to merge with, so directives and nulls in it mean
   * nothing.
   */
  private static JsonNode withoutDirectives(JsonNode value) {
    if (value instanceof ObjectNode object) {
      ObjectNode out = NODES.objectNode();
      for (Map.Entry<String, JsonNode> entry : object.properties()) {
        String key = entry.getKey();
        boolean directive =
            key.equals(PATCH)
                || key.equals(RETAIN_KEYS)
                || key.startsWith(DELETE_FROM)
                || key.startsWith(ELEMENT_ORDER);
        if (!directive && !entry.getValue().isNull()) {
          out.set(key, withoutDirectives(entry.getValue()));
        }
      }
      return out;
    }
    if (value instanceof ArrayNode array) {
      ArrayNode out = NODES.arrayNode();
      for (JsonNode element : array) {
        if (!element.has(PATCH)) {
          out.add(withoutDirectives(element));
        }
      }
      return out;
    }
    return value;
  }

  /** How Go's decoder names the JSON type of a value. */
  static String jsonType(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "string";
      case BOOLEAN -> "bool";
      case ARRAY -> "array";
      case NUMBER -> "number";
      case NULL, OBJECT, BINARY, MISSING, POJO -> "object";
    };
  }
}
