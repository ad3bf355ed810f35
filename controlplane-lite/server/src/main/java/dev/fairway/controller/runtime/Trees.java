// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON trees as controllers write them. */
public final class Trees {
  private Trees() {}

  /** An empty object. */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A new object's tree with apiVersion, kind and metadata.namespace. */
  public static ObjectNode skeleton(Resource<?> resource, String namespace) {
    ObjectNode tree = object();
    tree.put("apiVersion", resource.apiVersion());
    tree.put("kind", resource.kind());
    ObjectNode metadata = tree.putObject("metadata");
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return tree;
  }

  /** The object at a field, created if it is not there. */
  public static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode existing ? existing : parent.putObject(field);
  }

  /** Text by text. */
  public static ObjectNode of(Map<String, String> map) {
    ObjectNode tree = object();
    map.forEach(tree::put);
    return tree;
  }

  /** Any record of the API as a tree. */
  public static JsonNode value(Object record) {
    return KubeCodec.json().valueToTree(record);
  }

  /** Records of the API as an array. */
  public static ArrayNode array(List<?> records) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode(records.size());
    for (Object item : records) {
      array.add(value(item));
    }
    return array;
  }

  /** A controller reference to an owner, as controllers put it on what they create. */
  public static OwnerReference controllerReference(Resource<?> resource, KubeObject owner) {
    return new OwnerReference(
        resource.apiVersion(),
        resource.kind(),
        owner.metadata().name(),
        owner.metadata().uid(),
        true,
        true);
  }

  /** A merge patch whose metadata carries the object's resourceVersion, so that it conflicts. */
  public static ObjectNode guardedPatch(KubeObject object) {
    ObjectNode patch = object();
    ObjectNode metadata = patch.putObject("metadata");
    metadata.put("resourceVersion", object.metadata().resourceVersion());
    metadata.put("uid", object.metadata().uid());
    return patch;
  }

  /** A condition without heartbeat. */
  public static Condition condition(
      String type, String status, String reason, String message, @Nullable Instant transition) {
    return new Condition(type, status, reason, message, transition, null, null, null);
  }
}
