// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.ObjectId;
import dev.fairway.apiserver.storage.StoredObject;
import dev.fairway.apiserver.storage.WriteConflictException;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes objects the way Kubernetes does: at once, or marked and kept while a grace period runs or
 * finalizers are left. Thread-safe.
 */
public final class ObjectDeleter {
  private static final String FOREGROUND = "foregroundDeletion";
  private static final String ORPHAN = "orphan";
  private static final int MAX_RETRIES = 10;
  private static final Set<String> IMMORTAL_NAMESPACES =
      Set.of("default", "kube-system", "kube-public");

  private final ObjectWriter writer;

  public ObjectDeleter(ObjectWriter writer) {
    this.writer = writer;
  }

  /**
   * What became of the object.
   *
   * @param removed false if it stays for a while, marked with a deletionTimestamp
   */
  public record Deleted(StoredObject object, boolean removed) {}

  /** Deletes one object. */
  public Deleted delete(
      ResourceDescriptor resource,
      String namespace,
      String name,
      DeleteRequest request,
      WriteOptions options)
      throws StatusException {
    ObjectId id = new ObjectId(resource.group(), resource.plural(), namespace, name);
    if (resource.group().isEmpty()
        && resource.plural().equals("namespaces")
        && IMMORTAL_NAMESPACES.contains(name)) {
      throw StatusException.forbidden(resource, name, "this namespace may not be deleted");
    }
    for (int attempt = 0; attempt < MAX_RETRIES; attempt++) {
      StoredObject current = writer.store().head(id);
      if (current == null) {
        throw StatusException.notFound(resource, name);
      }
      checkPreconditions(resource, current, request);
      try {
        return deleteOnce(resource, current, request, options);
      } catch (WriteConflictException _) {
        // another writer was faster: look again
      }
    }
    throw StatusException.modified(resource, name);
  }

  private Deleted deleteOnce(
      ResourceDescriptor resource,
      StoredObject current,
      DeleteRequest request,
      WriteOptions options)
      throws StatusException, WriteConflictException {
    ObjectNode next = current.tree().deepCopy();
    boolean changed = applyPropagation(next, request.propagation());
    long grace =
        Math.max(
            0, resource.strategy().deletionGraceSeconds(current.tree(), request.graceSeconds()));
    boolean held = isHeld(resource, next);
    if (grace == 0 && !held) {
      return new Deleted(writer.removeNow(resource, current, options), true);
    }
    ObjectNode metadata = Json.metadata(next);
    JsonNode running = metadata.get("deletionGracePeriodSeconds");
    boolean marked = metadata.has("deletionTimestamp");
    if (!marked || (running != null && grace < running.asLong(0))) {
      metadata.put(
          "deletionTimestamp",
          writer.clock().instant().truncatedTo(ChronoUnit.SECONDS).plusSeconds(grace).toString());
      metadata.put("deletionGracePeriodSeconds", grace);
      if (!marked && metadata.has("generation")) {
        metadata.put("generation", metadata.path("generation").asLong(0) + 1);
      }
      resource.strategy().prepareForDelete(next);
      changed = true;
    }
    if (!changed) {
      return new Deleted(current, false);
    }
    if (options.dryRun()) {
      return new Deleted(StoredObject.unstored(current.id(), next), false);
    }
    return new Deleted(writer.put(current.id(), current.revision(), next), false);
  }

  private static void checkPreconditions(
      ResourceDescriptor resource, StoredObject current, DeleteRequest request)
      throws StatusException {
    String name = current.id().name();
    String uid = Json.meta(current.tree(), "uid");
    if (!request.uid().isEmpty() && !request.uid().equals(uid)) {
      throw StatusException.conflict(
          resource,
          name,
          "Precondition failed: UID in precondition: "
              + request.uid()
              + ", UID in object meta: "
              + uid);
    }
    String version = Long.toString(current.revision());
    if (!request.resourceVersion().isEmpty() && !request.resourceVersion().equals(version)) {
      throw StatusException.conflict(
          resource,
          name,
          "Precondition failed: ResourceVersion in precondition: "
              + request.resourceVersion()
              + ", ResourceVersion in object meta: "
              + version);
    }
  }

  /** True if finalizers changed. Foreground and Orphan wait for the garbage collector. */
  private static boolean applyPropagation(ObjectNode next, String propagation) {
    ObjectNode metadata = Json.metadata(next);
    return switch (propagation) {
      case "Foreground" -> addFinalizer(metadata, FOREGROUND) | removeFinalizer(metadata, ORPHAN);
      case "Orphan" -> addFinalizer(metadata, ORPHAN) | removeFinalizer(metadata, FOREGROUND);
      case "Background" ->
          removeFinalizer(metadata, FOREGROUND) | removeFinalizer(metadata, ORPHAN);
      default -> false;
    };
  }

  private static boolean addFinalizer(ObjectNode metadata, String finalizer) {
    for (JsonNode present : metadata.path("finalizers")) {
      if (present.asString("").equals(finalizer)) {
        return false;
      }
    }
    metadata.withArray("finalizers").add(finalizer);
    return true;
  }

  private static boolean removeFinalizer(ObjectNode metadata, String finalizer) {
    if (metadata.get("finalizers") instanceof ArrayNode finalizers) {
      for (int i = 0; i < finalizers.size(); i++) {
        if (finalizers.get(i).asString("").equals(finalizer)) {
          finalizers.remove(i);
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isHeld(ResourceDescriptor resource, ObjectNode tree) {
    return !tree.path("metadata").path("finalizers").isEmpty()
        || resource.strategy().outlivesDeletion(tree);
  }

  /** Whether an object that was marked has nothing left that keeps it. */
  static boolean isDue(ResourceDescriptor resource, ObjectNode tree) {
    JsonNode metadata = tree.path("metadata");
    return metadata.has("deletionTimestamp")
        && metadata.path("deletionGracePeriodSeconds").asLong(0) == 0
        && !isHeld(resource, tree);
  }
}
