// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON merge patch, RFC 7386. */
public final class MergePatch {
  private MergePatch() {}

  /**
   * Returns {@code target} with {@code patch} merged in; neither is changed.
   *
   * @throws PatchException if the patch is not an object (a Kubernetes object cannot be replaced by
   *     a scalar)
   */
  public static ObjectNode apply(ObjectNode target, JsonNode patch) throws PatchException {
    if (!(patch instanceof ObjectNode object)) {
      throw PatchException.malformed(
          "error decoding patch: json: cannot unmarshal "
              + StrategicMergePatch.jsonType(patch)
              + " into Go value of type map[string]interface {}");
    }
    return merge(target.deepCopy(), object);
  }

  private static ObjectNode merge(ObjectNode target, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (value.isNull()) {
        target.remove(name);
      } else if (value instanceof ObjectNode object) {
        ObjectNode into =
            target.get(name) instanceof ObjectNode present
                ? present
                : JsonNodeFactory.instance.objectNode();
        target.set(name, merge(into, object));
      } else {
        target.set(name, value.deepCopy());
      }
    }
    return target;
  }
}
