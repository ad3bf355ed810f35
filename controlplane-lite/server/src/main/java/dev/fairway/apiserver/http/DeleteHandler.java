// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.DeleteRequest;
import dev.fairway.apiserver.registry.ObjectDeleter;
import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.registry.WriteOptions;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.StoredObject;
import dev.fairway.apiserver.watch.Selection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** DELETE of objects and collections, and evictions of pods. */
final class DeleteHandler {
  private final ObjectRegistry registry;
  private final ObjectDeleter deleter;

  DeleteHandler(ObjectRegistry registry, ObjectDeleter deleter) {
    this.registry = registry;
    this.deleter = deleter;
  }

  private record Options(DeleteRequest request, WriteOptions write) {}

  void delete(Call call) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    Options options = options(call, Body.options(call.exchange()));
    ObjectDeleter.Deleted deleted =
        deleter.delete(
            call.resource(), call.namespace(), call.name(), options.request(), options.write());
    if (deleted.removed()) {
      Replies.json(
          call.exchange(),
          200,
          Replies.success(call.resource(), call.name(), Json.meta(deleted.object().tree(), "uid")));
    } else {
      Replies.object(call.exchange(), 200, encoder, List.of(), deleted.object());
    }
  }

  void deleteCollection(Call call) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    Selection selection = Selections.of(call);
    Options options = options(call, Body.options(call.exchange()));
    List<StoredObject> selected = new ArrayList<>();
    registry
        .cache(call.resource())
        .snapshot()
        .objects()
        .visit(
            selection.namespace(),
            "",
            "",
            object -> {
              if (selection.matches(object)) {
                selected.add(object);
              }
              return true;
            });
    List<StoredObject> deleted = new ArrayList<>();
    for (StoredObject object : selected) {
      try {
        deleted.add(
            deleter
                .delete(
                    call.resource(),
                    object.id().namespace(),
                    object.id().name(),
                    options.request(),
                    options.write())
                .object());
      } catch (StatusException e) {
        if (e.code() != 404) {
          throw e;
        }
      }
    }
    encoder.sendList(
        call.exchange(), new Encoder.ListMeta(Long.toString(registry.revision()), "", 0), deleted);
  }

  /** POST pods/name/eviction: a deletion with the options in the Eviction. */
  void evict(Call call) throws IOException, StatusException {
    if (!(Body.tree(call.exchange()) instanceof ObjectNode eviction)) {
      throw StatusException.badRequest("the body of the request is not an Eviction");
    }
    String name = Json.meta(eviction, "name");
    if (!name.isEmpty() && !name.equals(call.name())) {
      throw StatusException.badRequest("name in URL does not match name in Eviction object");
    }
    JsonNode deleteOptions = eviction.get("deleteOptions");
    Options options = options(call, deleteOptions instanceof ObjectNode given ? given : null);
    deleter.delete(
        call.resource(), call.namespace(), call.name(), options.request(), options.write());
    ObjectNode status = Replies.success(call.resource(), call.name(), "");
    status.remove("details");
    Replies.json(call.exchange(), 201, status.put("code", 201));
  }

  /** From the body if there is one, else from the query. */
  private static Options options(Call call, @Nullable ObjectNode body) throws StatusException {
    QueryParameters query = call.parameters();
    Long grace = query.number("gracePeriodSeconds");
    String propagation = query.text("propagationPolicy");
    String uid = "";
    String version = "";
    String dryRun = query.text("dryRun");
    boolean orphan = query.has("orphanDependents") && query.flag("orphanDependents");
    if (body != null) {
      JsonNode seconds = body.path("gracePeriodSeconds");
      grace = seconds.isNumber() ? Long.valueOf(seconds.asLong()) : grace;
      propagation = body.path("propagationPolicy").asString(propagation);
      uid = body.path("preconditions").path("uid").asString("");
      version = body.path("preconditions").path("resourceVersion").asString("");
      dryRun = body.path("dryRun").path(0).asString(dryRun);
      orphan |= body.path("orphanDependents").asBoolean(false);
    }
    if (orphan && propagation.isEmpty()) {
      propagation = "Orphan";
    }
    if (!List.of("", "Background", "Foreground", "Orphan").contains(propagation)) {
      throw StatusException.badRequest(
          "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \""
              + propagation
              + "\": supported values: \"Background\", \"Foreground\", \"Orphan\"");
    }
    return new Options(
        new DeleteRequest(grace, uid, version, propagation), call.writeOptions(dryRun));
  }
}
