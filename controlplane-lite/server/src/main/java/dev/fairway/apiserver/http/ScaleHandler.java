// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.ObjectPatcher;
import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The scale subresource: autoscaling/v1 Scale of kinds with spec.replicas and spec.selector. */
final class ScaleHandler {
  private final ObjectRegistry registry;
  private final ObjectWriter writer;
  private final ObjectPatcher patcher;

  ScaleHandler(ObjectRegistry registry, ObjectWriter writer, ObjectPatcher patcher) {
    this.registry = registry;
    this.writer = writer;
    this.patcher = patcher;
  }

  void get(Call call) throws IOException, StatusException {
    StoredObject object = registry.read(call.resource(), call.namespace(), call.name());
    Replies.json(call.exchange(), 200, scaleOf(object.tree()));
  }

  void update(Call call) throws IOException, StatusException {
    if (!(Body.tree(call.exchange()) instanceof ObjectNode scale)) {
      throw StatusException.badRequest("the body of the request is not a Scale");
    }
    boolean pinned = !Json.meta(scale, "resourceVersion").isEmpty();
    write(call, pinned, current -> scaled(call, current, scale));
  }

  void patch(Call call) throws IOException, StatusException {
    Patch patch = Patch.read(call.exchange());
    ObjectPatcher.Type type =
        patch.type() == ObjectPatcher.Type.STRATEGIC ? ObjectPatcher.Type.MERGE : patch.type();
    write(
        call,
        patch.namesVersion(),
        current ->
            scaled(
                call,
                current,
                patcher.apply(call.resource(), scaleOf(current), type, patch.tree())));
  }

  private void write(Call call, boolean pinned, dev.fairway.apiserver.registry.Mutation mutation)
      throws IOException, StatusException {
    StoredObject updated =
        writer.update(
            call.resource(),
            call.namespace(),
            call.name(),
            "scale",
            pinned,
            mutation,
            call.writeOptions());
    Replies.json(call.exchange(), 200, scaleOf(updated.tree()));
  }

  private static ObjectNode scaled(Call call, ObjectNode current, ObjectNode scale)
      throws StatusException {
    JsonNode replicas = scale.path("spec").path("replicas");
    long wanted = replicas.asLong(0);
    if (wanted < 0) {
      throw StatusException.invalid(
          call.resource(),
          call.name(),
          List.of(
              FieldError.invalid("spec.replicas", wanted, "must be greater than or equal to 0")));
    }
    ObjectNode next = current.deepCopy();
    Json.child(next, "spec").put("replicas", (int) Math.min(wanted, Integer.MAX_VALUE));
    String version = Json.meta(scale, "resourceVersion");
    if (!version.isEmpty()) {
      Json.metadata(next).put("resourceVersion", version);
    }
    return next;
  }

  private static ObjectNode scaleOf(ObjectNode tree) {
    ObjectNode scale = Json.object().put("kind", "Scale").put("apiVersion", "autoscaling/v1");
    ObjectNode metadata = scale.putObject("metadata");
    for (String field :
        List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      metadata.put(field, Json.meta(tree, field));
    }
    scale.putObject("spec").put("replicas", tree.path("spec").path("replicas").asInt(0));
    ObjectNode status = scale.putObject("status");
    status.put("replicas", tree.path("status").path("replicas").asInt(0));
    status.put("selector", selector(tree.path("spec").path("selector")));
    return scale;
  }

  /** A label selector object as text. */
  private static String selector(JsonNode selector) {
    List<String> terms = new ArrayList<>();
    for (Map.Entry<String, JsonNode> label : selector.path("matchLabels").properties()) {
      terms.add(label.getKey() + "=" + label.getValue().asString(""));
    }
    for (JsonNode expression : selector.path("matchExpressions")) {
      String key = expression.path("key").asString("");
      List<String> values = new ArrayList<>();
      expression.path("values").forEach(value -> values.add(value.asString("")));
      String set = " (" + String.join(",", values) + ")";
      switch (expression.path("operator").asString("")) {
        case "In" -> terms.add(key + " in" + set);
        case "NotIn" -> terms.add(key + " notin" + set);
        case "Exists" -> terms.add(key);
        case "DoesNotExist" -> terms.add("!" + key);
        default -> {
          // validation refuses other operators
        }
      }
    }
    return String.join(",", terms);
  }
}
