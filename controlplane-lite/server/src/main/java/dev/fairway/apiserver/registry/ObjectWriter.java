// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import dev.fairway.apiserver.registry.AdmissionRequest.Operation;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.ObjectId;
import dev.fairway.apiserver.storage.ObjectStore;
import dev.fairway.apiserver.storage.StoreException;
import dev.fairway.apiserver.storage.StoredObject;
import dev.fairway.apiserver.storage.WriteConflictException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates and updates objects of any kind: metadata, defaults, preparation, admission, validation
 * and optimistic concurrency, in the order of Kubernetes' generic registry. {@link ObjectDeleter}
 * has the deletions. Thread-safe.
 */
public final class ObjectWriter {
  private static final int MAX_RETRIES = 10;
  private static final int MAX_GENERATED_NAME_BASE = 58;
  private static final String SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
  private static final int SUFFIX_LENGTH = 5;
  private static final int GENERATE_ATTEMPTS = 8;

  /** Numbers are equal by value: 1 read from JSON is the 1L that code wrote. */
  private static final Comparator<JsonNode> BY_VALUE =
      (a, b) -> {
        if (a.equals(b)) {
          return 0;
        }
        boolean numbers = a.isNumber() && b.isNumber();
        return numbers ? a.decimalValue().compareTo(b.decimalValue()) : 1;
      };

  private final ObjectRegistry registry;
  private final AdmissionChain admissions;
  private final InstantSource clock;
  private final Supplier<UUID> uids;
  private final RandomGenerator random;

  /**
   * A writer.
   *
   * @param random for generated names
   */
  public ObjectWriter(
      ObjectRegistry registry,
      List<Admission> admissions,
      InstantSource clock,
      Supplier<UUID> uids,
      RandomGenerator random) {
    this.registry = registry;
    this.admissions = new AdmissionChain(registry.resources(), admissions);
    this.clock = clock;
    this.uids = uids;
    this.random = random;
    admissions.forEach(step -> step.start(registry));
  }

  /**
   * Creates an object.
   *
   * @param namespace of the URL, "" for cluster-scoped kinds
   * @param body taken over
   */
  public StoredObject create(
      ResourceDescriptor resource, String namespace, ObjectNode body, WriteOptions options)
      throws StatusException {
    ObjectNode metadata = Json.metadata(body);
    checkNamespace(metadata, namespace);
    if (!metadata.path("resourceVersion").asString("").isEmpty()) {
      throw StatusException.badRequest(
          "resourceVersion should not be set on objects to be created");
    }
    String name = metadata.path("name").asString("");
    String generateName = metadata.path("generateName").asString("");
    boolean generated = name.isEmpty() && !generateName.isEmpty();
    requireNamespace(resource, namespace, name);
    for (int attempt = 1; ; attempt++) {
      ObjectNode next = body.deepCopy();
      if (generated) {
        Json.metadata(next).put("name", generate(generateName));
      }
      initialMetadata(resource, namespace, next);
      try {
        return createPrepared(resource, next, options);
      } catch (WriteConflictException _) {
        if (!generated || attempt == GENERATE_ATTEMPTS) {
          throw StatusException.alreadyExists(resource, Json.meta(next, "name"));
        }
      }
    }
  }

  private void initialMetadata(ResourceDescriptor resource, String namespace, ObjectNode next) {
    ObjectNode metadata = Json.metadata(next);
    metadata.remove(
        List.of(
            "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "uid"));
    if (resource.namespaced()) {
      metadata.put("namespace", namespace);
    } else {
      metadata.remove("namespace");
    }
    metadata.put("uid", uids.get().toString());
    metadata.put("creationTimestamp", now());
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private StoredObject createPrepared(
      ResourceDescriptor resource, ObjectNode next, WriteOptions options)
      throws StatusException, WriteConflictException {
    KindStrategy strategy = resource.strategy();
    strategy.applyDefaults(next);
    strategy.prepareForCreate(next);
    AdmissionChain.Request request =
        AdmissionChain.Request.of(Operation.CREATE, resource, null, next, null, options, registry);
    admissions.admit(request);
    boolean stored = false;
    try {
      validate(resource, next, null, null);
      ObjectId id = id(resource, next);
      if (options.dryRun()) {
        if (store().head(id) != null) {
          throw StatusException.alreadyExists(resource, id.name());
        }
        return StoredObject.unstored(id, next);
      }
      StoredObject object = put(id, 0, next);
      stored = true;
      return object;
    } finally {
      request.settle(stored);
    }
  }

  /** The namespace must be there and not be on its way out. */
  private void requireNamespace(ResourceDescriptor resource, String namespace, String name)
      throws StatusException {
    if (!resource.namespaced()) {
      return;
    }
    ObjectNode owner = registry.get("", "namespaces", "", namespace);
    if (owner == null) {
      throw new StatusException(
          404,
          "NotFound",
          "namespaces \"" + namespace + "\" not found",
          Json.object().put("name", namespace).put("kind", "namespaces"));
    }
    if (!Json.meta(owner, "deletionTimestamp").isEmpty() && !resource.plural().equals("events")) {
      throw StatusException.forbidden(
          resource,
          name,
          "unable to create new content in namespace "
              + namespace
              + " because it is being terminated");
    }
  }

  private String generate(String base) {
    StringBuilder name =
        new StringBuilder(base.substring(0, Math.min(base.length(), MAX_GENERATED_NAME_BASE)));
    for (int i = 0; i < SUFFIX_LENGTH; i++) {
      name.append(SUFFIX_ALPHABET.charAt(random.nextInt(SUFFIX_ALPHABET.length())));
    }
    return name.toString();
  }

  /**
   * Changes an object.
   *
   * <p>If the mutation's result carries metadata.resourceVersion and it is not that of the stored
   * object, the update fails with 409; a mutation that keeps the stored one is called again when
   * another writer was faster.
   *
   * @param subresource null for the object itself
   * @param pinned whether the client named the resourceVersion, so that a lost race is a conflict
   */
  public StoredObject update(
      ResourceDescriptor resource,
      String namespace,
      String name,
      @Nullable String subresource,
      boolean pinned,
      Mutation mutation,
      WriteOptions options)
      throws StatusException {
    ObjectId id = new ObjectId(resource.group(), resource.plural(), namespace, name);
    for (int attempt = 0; attempt < MAX_RETRIES; attempt++) {
      StoredObject current = store().head(id);
      if (current == null) {
        throw StatusException.notFound(resource, name);
      }
      ObjectNode next = mutation.apply(current.tree());
      try {
        return updateOnce(resource, subresource, current, next, options);
      } catch (WriteConflictException _) {
        if (pinned) {
          break;
        }
      }
    }
    throw StatusException.modified(resource, name);
  }

  private StoredObject updateOnce(
      ResourceDescriptor resource,
      @Nullable String subresource,
      StoredObject current,
      ObjectNode next,
      WriteOptions options)
      throws StatusException, WriteConflictException {
    ObjectNode old = current.tree();
    checkIdentity(resource, current, next);
    keepMetadata(old, next);
    KindStrategy strategy = resource.strategy();
    strategy.applyDefaults(next);
    strategy.prepareForUpdate(next, old, subresource);
    AdmissionChain.Request request =
        AdmissionChain.Request.of(
            Operation.UPDATE, resource, subresource, next, old, options, registry);
    admissions.admit(request);
    boolean stored = false;
    try {
      validate(resource, next, old, subresource);
      Json.metadata(next).put("resourceVersion", Long.toString(current.revision()));
      if (next.equals(BY_VALUE, old)) {
        return current;
      }
      if (options.dryRun()) {
        return StoredObject.unstored(current.id(), next);
      }
      StoredObject object =
          ObjectDeleter.isDue(resource, next)
              ? removeNow(resource, current, options)
              : put(current.id(), current.revision(), next);
      stored = true;
      return object;
    } finally {
      request.settle(stored);
    }
  }

  /** Takes an object out of storage, through the admission steps of deletions. */
  StoredObject removeNow(ResourceDescriptor resource, StoredObject current, WriteOptions options)
      throws StatusException, WriteConflictException {
    AdmissionChain.Request request =
        AdmissionChain.Request.of(
            Operation.DELETE, resource, null, current.tree(), current.tree(), options, registry);
    admissions.admit(request);
    boolean stored = false;
    try {
      if (options.dryRun()) {
        return current;
      }
      StoredObject gone = store().delete(current.id(), current.revision());
      stored = true;
      return gone;
    } catch (StoreException e) {
      throw StatusException.internal(String.valueOf(e.getMessage()));
    } finally {
      request.settle(stored);
    }
  }

  private static void checkIdentity(
      ResourceDescriptor resource, StoredObject current, ObjectNode next) throws StatusException {
    String name = current.id().name();
    String uid = Json.meta(next, "uid");
    String storedUid = Json.meta(current.tree(), "uid");
    if (!uid.isEmpty() && !uid.equals(storedUid)) {
      throw StatusException.conflict(
          resource,
          name,
          "Precondition failed: UID in precondition: "
              + uid
              + ", UID in object meta: "
              + storedUid);
    }
    String version = Json.meta(next, "resourceVersion");
    if (version.isEmpty()) {
      if (!resource.strategy().allowsUnconditionalUpdate()) {
        throw StatusException.invalid(
            resource,
            name,
            List.of(
                new FieldError(
                    FieldError.Type.INVALID,
                    "metadata.resourceVersion",
                    "0x0",
                    "must be specified for an update")));
      }
    } else if (!version.equals(Long.toString(current.revision()))) {
      throw StatusException.modified(resource, name);
    }
  }

  /** What a client cannot change in metadata. */
  private static void keepMetadata(ObjectNode old, ObjectNode next) {
    ObjectNode metadata = Json.metadata(next);
    metadata.remove(List.of("managedFields", "selfLink"));
    for (String field :
        List.of(
            "name",
            "generateName",
            "namespace",
            "uid",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds")) {
      JsonNode value = old.path("metadata").get(field);
      if (value == null) {
        metadata.remove(field);
      } else {
        metadata.set(field, value);
      }
    }
  }

  private static void validate(
      ResourceDescriptor resource,
      ObjectNode next,
      @Nullable ObjectNode old,
      @Nullable String subresource)
      throws StatusException {
    List<FieldError> errors =
        new ArrayList<>(MetadataRules.validate(resource, Json.metadata(next)));
    errors.addAll(resource.strategy().validate(next, old, subresource));
    if (!errors.isEmpty()) {
      throw StatusException.invalid(resource, Json.meta(next, "name"), errors);
    }
  }

  private static void checkNamespace(ObjectNode metadata, String namespace) throws StatusException {
    String inBody = metadata.path("namespace").asString("");
    if (!inBody.isEmpty() && !inBody.equals(namespace)) {
      throw StatusException.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
  }

  StoredObject put(ObjectId id, long expected, ObjectNode tree)
      throws StatusException, WriteConflictException {
    try {
      return store().put(id, expected, tree);
    } catch (StoreException e) {
      throw StatusException.internal(String.valueOf(e.getMessage()));
    }
  }

  private static ObjectId id(ResourceDescriptor resource, ObjectNode tree) {
    return new ObjectId(
        resource.group(), resource.plural(), Json.meta(tree, "namespace"), Json.meta(tree, "name"));
  }

  ObjectStore store() {
    return registry.store();
  }

  InstantSource clock() {
    return clock;
  }
}
