// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A list under strategic merge, indexed by element identity: the merge key's value, or the element
 * itself in a list of primitives. Confined to one patch. Elements that share an identity stay
 * together, as the first one does in Kubernetes.
 */
final class MergedList {
  private final @Nullable String mergeKey;
  private final Map<JsonNode, List<JsonNode>> elements = new LinkedHashMap<>();

  MergedList(ArrayNode original, @Nullable String mergeKey) {
    this.mergeKey = mergeKey;
    for (JsonNode element : original) {
      List<JsonNode> same =
          elements.computeIfAbsent(identity(element, mergeKey), _ -> new ArrayList<>(1));
      // Primitives are a set, so a repeated one is dropped; objects with the same key are kept.
      if (mergeKey != null || same.isEmpty()) {
        same.add(element);
      }
    }
  }

  static JsonNode identity(JsonNode element, @Nullable String mergeKey) {
    if (mergeKey == null || !element.isObject()) {
      return element;
    }
    JsonNode key = element.get(mergeKey);
    return key == null ? JsonNodeFactory.instance.missingNode() : key;
  }

  @Nullable JsonNode find(JsonNode identity) {
    List<JsonNode> same = elements.get(identity);
    return same == null ? null : same.getFirst();
  }

  void replace(JsonNode identity, JsonNode element) {
    List<JsonNode> same = elements.get(identity);
    if (same != null) {
      same.set(0, element);
    }
  }

  void addIfAbsent(JsonNode element) {
    elements.computeIfAbsent(identity(element, mergeKey), _ -> new ArrayList<>(List.of(element)));
  }

  void remove(JsonNode identity) {
    elements.remove(identity);
  }

  ArrayNode toArray() {
    ArrayNode out = JsonNodeFactory.instance.arrayNode();
    elements.values().forEach(same -> same.forEach(out::add));
    return out;
  }

  /**
   * Orders a merged list: elements named in {@code wanted} stand in that order, all others keep
   * their order of {@code before}; where the two meet, the order of {@code before} decides, and an
   * element that is new goes first.
   */
  static ArrayNode order(
      ArrayNode merged, ArrayNode wanted, ArrayNode before, @Nullable String mergeKey) {
    Map<JsonNode, Integer> wantedAt = positions(wanted, mergeKey);
    Map<JsonNode, Integer> beforeAt = positions(before, mergeKey);
    List<JsonNode> named = new ArrayList<>();
    List<JsonNode> others = new ArrayList<>();
    for (JsonNode element : merged) {
      (wantedAt.containsKey(identity(element, mergeKey)) ? named : others).add(element);
    }
    named.sort(byPosition(wantedAt, mergeKey));
    others.sort(byPosition(beforeAt, mergeKey));
    ArrayNode out = JsonNodeFactory.instance.arrayNode();
    int n = 0;
    for (JsonNode other : others) {
      int otherAt = beforeAt.getOrDefault(identity(other, mergeKey), -1);
      while (n < named.size()) {
        int namedAt = beforeAt.getOrDefault(identity(named.get(n), mergeKey), -1);
        if (otherAt >= 0 && namedAt >= 0 && otherAt < namedAt) {
          break;
        }
        out.add(named.get(n++));
      }
      out.add(other);
    }
    while (n < named.size()) {
      out.add(named.get(n++));
    }
    return out;
  }

  private static Comparator<JsonNode> byPosition(
      Map<JsonNode, Integer> at, @Nullable String mergeKey) {
    return Comparator.comparingInt(
        element -> at.getOrDefault(identity(element, mergeKey), Integer.MAX_VALUE));
  }

  private static Map<JsonNode, Integer> positions(ArrayNode list, @Nullable String mergeKey) {
    Map<JsonNode, Integer> out = new HashMap<>();
    for (int i = 0; i < list.size(); i++) {
      out.putIfAbsent(identity(list.get(i), mergeKey), i);
    }
    return out;
  }
}
