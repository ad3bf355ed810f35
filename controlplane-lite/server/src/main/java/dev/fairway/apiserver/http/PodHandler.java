// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** POST pods/name/binding: the scheduler's decision. */
final class PodHandler {
  private final ObjectWriter writer;

  PodHandler(ObjectWriter writer) {
    this.writer = writer;
  }

  void bind(Call call) throws IOException, StatusException {
    if (!(Body.tree(call.exchange()) instanceof ObjectNode binding)) {
      throw StatusException.badRequest("the body of the request is not a Binding");
    }
    String node = binding.path("target").path("name").asString("");
    if (node.isEmpty()) {
      throw StatusException.badRequest(
          "Binding \"" + call.name() + "\" is invalid: target.name:" + " Required value");
    }
    String version = Json.meta(binding, "resourceVersion");
    writer.update(
        call.resource(),
        call.namespace(),
        call.name(),
        "binding",
        !version.isEmpty(),
        current -> bound(call, current, node, binding),
        call.writeOptions());
    ObjectNode status = Json.object().put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    Replies.json(call.exchange(), 201, status.put("status", "Success").put("code", 201));
  }

  private static ObjectNode bound(Call call, ObjectNode current, String node, ObjectNode binding)
      throws StatusException {
    String before = current.path("spec").path("nodeName").asString("");
    if (!before.isEmpty()) {
      throw conflict(
          call, "pod " + call.name() + " is already assigned to node \"" + before + "\"");
    }
    if (current.path("metadata").has("deletionTimestamp")) {
      throw conflict(
          call, "pod " + call.name() + " is being deleted, cannot be assigned to a host");
    }
    String uid = Json.meta(binding, "uid");
    if (!uid.isEmpty() && !uid.equals(Json.meta(current, "uid"))) {
      throw conflict(
          call,
          "Precondition failed: UID in precondition: "
              + uid
              + ", UID in object meta: "
              + Json.meta(current, "uid"));
    }
    ObjectNode next = current.deepCopy();
    Json.child(next, "spec").put("nodeName", node);
    if (binding.path("metadata").get("annotations") instanceof ObjectNode annotations) {
      Json.child(Json.metadata(next), "annotations").setAll(annotations);
    }
    String now = call.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ArrayNode conditions = Json.child(next, "status").withArray("conditions");
    for (int i = conditions.size() - 1; i >= 0; i--) {
      JsonNode condition = conditions.get(i);
      if (condition.path("type").asString("").equals("PodScheduled")) {
        conditions.remove(i);
      }
    }
    conditions
        .addObject()
        .put("type", "PodScheduled")
        .put("status", "True")
        .put("lastTransitionTime", now);
    return next;
  }

  private static StatusException conflict(Call call, String why) {
    return new StatusException(
        409,
        "Conflict",
        "Operation cannot be fulfilled on pods/binding \"" + call.name() + "\": " + why,
        Json.object().put("name", call.name()).put("kind", "pods/binding"));
  }
}
