// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.Mutation;
import dev.fairway.apiserver.registry.ObjectPatcher;
import dev.fairway.apiserver.registry.ObjectReader;
import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.registry.WriteOptions;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.StoredObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** POST, PUT and PATCH of objects and of their status and finalize subresources. */
final class WriteHandler {
  private final ObjectWriter writer;
  private final ObjectReader objects;
  private final ObjectPatcher patcher;
  private final Body body;

  WriteHandler(ObjectWriter writer, ObjectReader objects, ObjectPatcher patcher, Body body) {
    this.writer = writer;
    this.objects = objects;
    this.patcher = patcher;
    this.body = body;
  }

  void create(Call call) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    WriteOptions options = call.writeOptions();
    Body.Decoded decoded = body.object(call.exchange(), call.resource(), call.parameters());
    StoredObject created =
        writer.create(call.resource(), call.namespace(), decoded.tree(), options);
    Replies.object(call.exchange(), 201, encoder, decoded.warnings(), created);
  }

  void update(Call call, @Nullable String subresource) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    WriteOptions options = call.writeOptions();
    ResourceDescriptor resource = call.resource();
    Body.Decoded decoded = body.object(call.exchange(), resource, call.parameters());
    ObjectNode tree = decoded.tree();
    checkIdentity(call, tree);
    boolean absent =
        objects.get(resource.group(), resource.plural(), call.namespace(), call.name()) == null;
    if (absent && subresource == null && resource.strategy().allowsCreateOnUpdate()) {
      Json.metadata(tree).remove("resourceVersion");
      StoredObject created = writer.create(resource, call.namespace(), tree, options);
      Replies.object(call.exchange(), 201, encoder, decoded.warnings(), created);
      return;
    }
    boolean pinned = !Json.meta(tree, "resourceVersion").isEmpty();
    boolean finalize = "finalize".equals(subresource);
    Mutation mutation =
        finalize ? current -> withSpecFinalizers(current, tree) : current -> tree.deepCopy();
    StoredObject updated =
        writer.update(
            resource, call.namespace(), call.name(), subresource, pinned, mutation, options);
    Replies.object(call.exchange(), 200, encoder, decoded.warnings(), updated);
  }

  private static ObjectNode withSpecFinalizers(ObjectNode current, ObjectNode wanted) {
    ObjectNode next = current.deepCopy();
    JsonNode finalizers = wanted.path("spec").get("finalizers");
    ObjectNode spec = Json.child(next, "spec");
    if (finalizers == null) {
      spec.remove("finalizers");
    } else {
      spec.set("finalizers", finalizers);
    }
    String version = Json.meta(wanted, "resourceVersion");
    if (!version.isEmpty()) {
      Json.metadata(next).put("resourceVersion", version);
    }
    return next;
  }

  private static void checkIdentity(Call call, ObjectNode tree) throws StatusException {
    String name = Json.meta(tree, "name");
    if (name.isEmpty()) {
      throw StatusException.badRequest(
          "the name of the object ("
              + call.name()
              + " based on URL) was undeterminable: name must be provided");
    }
    checkName(call, name);
    String namespace = Json.meta(tree, "namespace");
    if (!namespace.isEmpty() && !namespace.equals(call.namespace())) {
      throw StatusException.badRequest(
          "the namespace of the object ("
              + namespace
              + ") does not match the namespace on the request ("
              + call.namespace()
              + ")");
    }
  }

  private static void checkName(Call call, String name) throws StatusException {
    if (!name.equals(call.name())) {
      throw StatusException.badRequest(
          "the name of the object ("
              + name
              + ") does not match the name on the URL ("
              + call.name()
              + ")");
    }
  }

  /** A patch by content type. */
  record Patch(ObjectPatcher.Type type, JsonNode tree, boolean apply) {

    static Patch read(Exchange exchange) throws IOException, StatusException {
      String header = exchange.header("Content-Type");
      String type = MediaType.parse(header == null ? "" : header).type();
      byte[] bytes = Body.bytes(exchange);
      return switch (type) {
        case "application/json-patch+json" ->
            new Patch(ObjectPatcher.Type.JSON, Body.parse(bytes, false), false);
        case "application/merge-patch+json" ->
            new Patch(ObjectPatcher.Type.MERGE, Body.parse(bytes, false), false);
        case "application/strategic-merge-patch+json" ->
            new Patch(ObjectPatcher.Type.STRATEGIC, Body.parse(bytes, false), false);
        case "application/apply-patch+yaml" ->
            new Patch(ObjectPatcher.Type.STRATEGIC, Body.parse(bytes, true), true);
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
  }

  void patch(Call call, @Nullable String subresource) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    WriteOptions options = call.writeOptions();
    ResourceDescriptor resource = call.resource();
    Patch patch = Patch.read(call.exchange());
    if (patch.apply()) {
      requireApplyParameters(call, patch);
      boolean absent =
          objects.get(resource.group(), resource.plural(), call.namespace(), call.name()) == null;
      if (absent && subresource == null && patch.tree() instanceof ObjectNode wanted) {
        List<String> warnings =
            body.check(resource, wanted, call.parameters().text("fieldValidation"));
        StoredObject created =
            writer.create(resource, call.namespace(), Body.ordered(resource, wanted), options);
        Replies.object(call.exchange(), 201, encoder, warnings, created);
        return;
      }
    }
    List<String> warnings = new ArrayList<>();
    StoredObject updated =
        writer.update(
            resource,
            call.namespace(),
            call.name(),
            subresource,
            patch.namesVersion(),
            current -> patched(call, patch, current, warnings),
            options);
    Replies.object(call.exchange(), 200, encoder, warnings, updated);
  }

  private static void requireApplyParameters(Call call, Patch patch) throws StatusException {
    if (call.parameters().text("fieldManager").isEmpty()) {
      throw StatusException.badRequest(
          "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for"
              + " apply patch");
    }
    String name = patch.tree().path("metadata").path("name").asString(call.name());
    checkName(call, name);
  }

  private ObjectNode patched(Call call, Patch patch, ObjectNode current, List<String> warnings)
      throws StatusException {
    ResourceDescriptor resource = call.resource();
    ObjectNode next = patcher.apply(resource, current, patch.type(), patch.tree());
    checkName(call, Json.meta(next, "name"));
    warnings.clear();
    try {
      warnings.addAll(body.check(resource, next, call.parameters().text("fieldValidation")));
    } catch (StatusException e) {
      if (e.text().contains("strict decoding error") || e.text().startsWith("fieldValidation")) {
        throw e;
      }
      throw unfitting(patch, e.text());
    }
    return Body.ordered(resource, next);
  }

  /** As Kubernetes answers a patch whose result is not an object of the kind. */
  private static StatusException unfitting(Patch patch, String why) {
    String text = new String(Json.bytes(patch.tree()), StandardCharsets.UTF_8);
    FieldError error = FieldError.invalid("patch", text, why);
    ObjectNode details = Json.object();
    details
        .putArray("causes")
        .addObject()
        .put("reason", error.type().reason())
        .put("message", error.body())
        .put("field", "patch");
    return new StatusException(422, "Invalid", " \"\" is invalid: " + error, details);
  }
}
