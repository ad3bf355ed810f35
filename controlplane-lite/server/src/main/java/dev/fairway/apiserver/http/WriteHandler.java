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
        List<String> warnings = applied(call, wanted);
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

  /** Normalizes an object that is made by applying; returns warnings. */
  private List<String> applied(Call call, ObjectNode wanted) throws StatusException {
    Body.Strictness strictness = Body.Strictness.of(call.parameters());
    List<String> complaints = body.normalize(call.resource(), wanted);
    if (strictness == Body.Strictness.STRICT && !complaints.isEmpty()) {
      throw StatusException.badRequest(Body.strictError(complaints));
    }
    return strictness.warnings(complaints);
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
    Body.Strictness strictness = Body.Strictness.of(call.parameters());
    ObjectNode next = patcher.apply(resource, current, patch.type(), patch.tree());
    checkName(call, Json.meta(next, "name"));
    String result = patch.inMessages(next);
    List<String> complaints = new ArrayList<>(patch.duplicates());
    try {
      complaints.addAll(body.normalize(resource, next));
    } catch (StatusException e) {
      throw unfitting(result, e.text());
    }
    if (strictness == Body.Strictness.STRICT && !complaints.isEmpty()) {
      throw unfitting(result, Body.strictError(complaints));
    }
    warnings.clear();
    warnings.addAll(strictness.warnings(complaints));
    return Body.ordered(resource, next);
  }

  /** As Kubernetes answers a patch whose result is not an object of the kind. */
  private static StatusException unfitting(String result, String why) {
    FieldError error = FieldError.invalid("patch", result, why);
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
