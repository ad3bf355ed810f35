// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Enough of a Kubernetes API server to run controllers against: create, read, replace, merge patch,
 * graceful deletion with finalizers and preconditions, status as a subresource, generation, pod
 * bindings, LIST and WATCH from any version, discovery. No validation, no defaulting. Thread-safe.
 */
public final class FakeApi implements ApiTransport {
  private static final List<Resource<?>> SERVED =
      List.of(
          Resource.NAMESPACES,
          Resource.NODES,
          Resource.PODS,
          Resource.SERVICES,
          Resource.CONFIG_MAPS,
          Resource.SECRETS,
          Resource.EVENTS,
          Resource.SERVICE_ACCOUNTS,
          Resource.ENDPOINTS,
          Resource.ENDPOINT_SLICES,
          Resource.REPLICA_SETS,
          Resource.DEPLOYMENTS,
          Resource.INGRESSES,
          Resource.LEASES);

  record Change(long version, String type, String collection, ObjectNode object) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final InstantSource clock;
  private final Map<String, ObjectNode> objects = new TreeMap<>();
  private final List<Change> log = new ArrayList<>();
  private final List<WatchBody> watches = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private long version = 1;

  /** An empty cluster. */
  public FakeApi(InstantSource clock) {
    this.clock = clock;
  }

  /** A client of this server. */
  public KubeClient client() {
    return new KubeClient(this);
  }

  /** Requests that changed something, as "METHOD path". */
  public List<String> writes() {
    lock.lock();
    try {
      return List.copyOf(requests);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ApiResponse exchange(ApiRequest request) {
    ApiPath path = ApiPath.parse(request.pathAndQuery());
    if (request.method().equals("GET") && path.query().containsKey("watch")) {
      return openWatch(path);
    }
    Answer answer = handle(request);
    return new FakeResponse(answer.status(), KubeCodec.json().writeValueAsBytes(answer.tree()));
  }

  @Override
  public void close() {
    lock.lock();
    try {
      watches.forEach(WatchBody::close);
    } finally {
      lock.unlock();
    }
  }

  record Answer(int status, ObjectNode tree) {}

  private Answer handle(ApiRequest request) {
    lock.lock();
    try {
      ApiPath path = ApiPath.parse(request.pathAndQuery());
      byte[] body = request.body();
      JsonNode tree = body == null || body.length == 0 ? null : KubeCodec.json().readTree(body);
      if (!request.method().equals("GET")) {
        requests.add(request.method() + " " + request.pathAndQuery());
      }
      return switch (request.method()) {
        case "GET" -> get(path, request.pathAndQuery());
        case "POST" -> post(path, object(tree));
        case "PUT" -> put(path, object(tree));
        case "PATCH" -> patch(path, object(tree));
        case "DELETE" -> delete(path, tree);
        default -> failure(405, "MethodNotAllowed", request.method());
      };
    } finally {
      lock.unlock();
    }
  }

  private Answer get(ApiPath path, String text) {
    if (path.plural().isEmpty()) {
      return new Answer(200, Discovery.answer(text, SERVED));
    }
    if (!path.name().isEmpty()) {
      ObjectNode found = objects.get(key(path));
      return found == null ? notFound(path) : new Answer(200, found);
    }
    ObjectNode list = KubeCodec.json().createObjectNode();
    list.put("apiVersion", path.groupVersion()).put("kind", "List");
    list.putObject("metadata").put("resourceVersion", Long.toString(version));
    var items = list.putArray("items");
    String prefix =
        path.collection() + "|" + (path.namespace().isEmpty() ? "" : path.namespace() + "/");
    objects.forEach((key, object) -> {
      if (key.startsWith(prefix)) {
        items.add(object);
      }
    });
    return new Answer(200, list);
  }

  private Answer post(ApiPath path, ObjectNode body) {
    if (path.subresource().equals("binding")) {
      return bind(path, body);
    }
    ObjectNode metadata = child(body, "metadata");
    if (!metadata.has("name")) {
      metadata.put(
          "name", metadata.path("generateName").asString() + Long.toString(10000 + version, 36));
    }
    if (!path.namespace().isEmpty()) {
      metadata.put("namespace", path.namespace());
    }
    String key = key(path, metadata.path("name").asString());
    if (objects.containsKey(key)) {
      return failure(409, "AlreadyExists", key + " already exists");
    }
    metadata.put("uid", "uid-" + version);
    metadata.put("generation", 1);
    metadata.put("creationTimestamp", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    store("ADDED", path.collection(), key, body);
    return new Answer(201, body);
  }

  private Answer bind(ApiPath path, ObjectNode body) {
    ObjectNode old = objects.get(key(path));
    if (old == null) {
      return notFound(path);
    }
    ObjectNode next = old.deepCopy();
    ObjectNode spec = child(next, "spec");
    if (spec.has("nodeName")) {
      return failure(409, "Conflict", "pod is already assigned");
    }
    spec.put("nodeName", body.path("target").path("name").asString());
    store("MODIFIED", path.collection(), key(path), next);
    return new Answer(201, KubeCodec.json().createObjectNode().put("kind", "Status"));
  }

  private Answer put(ApiPath path, ObjectNode body) {
    ObjectNode old = objects.get(key(path));
    if (old == null) {
      return notFound(path);
    }
    if (conflicts(old, body)) {
      return failure(409, "Conflict", "the object has been modified");
    }
    for (String field : List.of("uid", "creationTimestamp", "generation", "deletionTimestamp")) {
      JsonNode kept = old.path("metadata").get(field);
      if (kept != null) {
        child(body, "metadata").set(field, kept);
      }
    }
    if (path.subresource().equals("finalize")) {
      ObjectNode finalized = old.deepCopy();
      finalized.set("spec", body.get("spec"));
      return finish(path, old, finalized);
    }
    return finish(path, old, body);
  }

  private Answer patch(ApiPath path, ObjectNode patch) {
    ObjectNode old = objects.get(key(path));
    if (old == null) {
      return notFound(path);
    }
    if (conflicts(old, patch)) {
      return failure(409, "Conflict", "the object has been modified");
    }
    ObjectNode next = old.deepCopy();
    boolean status = path.subresource().equals("status");
    patch
        .properties()
        .forEach(field -> {
          if (status == field.getKey().equals("status")) {
            MergePatches.set(next, field.getKey(), field.getValue());
          }
        });
    return finish(path, old, next);
  }

  private Answer finish(ApiPath path, ObjectNode old, ObjectNode next) {
    if (next.path("metadata").has("deletionTimestamp") && isReleased(next)) {
      objects.remove(key(path));
      store("DELETED", path.collection(), null, next);
      return new Answer(200, next);
    }
    if (!next.path("spec").equals(old.path("spec"))) {
      child(next, "metadata")
          .put("generation", old.path("metadata").path("generation").asLong(0) + 1);
    }
    if (next.equals(old)) {
      return new Answer(200, old);
    }
    store("MODIFIED", path.collection(), key(path), next);
    return new Answer(200, next);
  }

  /** A terminating object goes with its last finalizer; a pod on a node only with grace 0. */
  private static boolean isReleased(ObjectNode object) {
    boolean pod = object.path("kind").asString("").equals("Pod");
    boolean namespace = object.path("kind").asString("").equals("Namespace");
    return object.path("metadata").path("finalizers").isEmpty()
        && !pod
        && (!namespace || object.path("spec").path("finalizers").isEmpty());
  }

  private Answer delete(ApiPath path, @Nullable JsonNode options) {
    ObjectNode old = objects.get(key(path));
    if (old == null) {
      return notFound(path);
    }
    JsonNode given = options == null ? KubeCodec.json().createObjectNode() : options;
    String uid = given.path("preconditions").path("uid").asString("");
    if (!uid.isEmpty() && !uid.equals(old.path("metadata").path("uid").asString(""))) {
      return failure(409, "Conflict", "uid precondition");
    }
    ObjectNode next = old.deepCopy();
    ObjectNode metadata = child(next, "metadata");
    switch (given.path("propagationPolicy").asString("")) {
      case "Foreground" -> metadata.withArray("finalizers").add("foregroundDeletion");
      case "Orphan" -> metadata.withArray("finalizers").add("orphan");
      default -> {}
    }
    boolean immediate = given.path("gracePeriodSeconds").asInt(-1) == 0;
    boolean bound =
        old.path("kind").asString("").equals("Pod")
            && !old.path("spec").path("nodeName").asString("").isEmpty();
    boolean held =
        !metadata.path("finalizers").isEmpty()
            || (old.path("kind").asString("").equals("Namespace")
                && !old.path("spec").path("finalizers").isEmpty());
    if (held || (bound && !immediate)) {
      if (!metadata.has("deletionTimestamp")) {
        metadata.put(
            "deletionTimestamp", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        store("MODIFIED", path.collection(), key(path), next);
      }
      return new Answer(200, next);
    }
    objects.remove(key(path));
    store("DELETED", path.collection(), null, next);
    return new Answer(200, next);
  }

  private void store(String type, String collection, @Nullable String key, ObjectNode object) {
    version++;
    child(object, "metadata").put("resourceVersion", Long.toString(version));
    if (key != null) {
      objects.put(key, object);
    }
    Change change = new Change(version, type, collection, object.deepCopy());
    log.add(change);
    watches.removeIf(watch -> !watch.offer(change));
  }

  private ApiResponse openWatch(ApiPath path) {
    lock.lock();
    try {
      WatchBody body = new WatchBody(path.collection());
      if (path.query().containsKey("sendInitialEvents")) {
        objects.forEach((key, object) -> {
          if (key.startsWith(path.collection() + "|")) {
            boolean unused = body.offer(new Change(version, "ADDED", path.collection(), object));
          }
        });
        body.bookmark(version);
      } else {
        long from = Long.parseLong(path.query().getOrDefault("resourceVersion", "0"));
        for (Change change : log) {
          if (change.version() > from) {
            boolean unused = body.offer(change);
          }
        }
      }
      watches.add(body);
      return new FakeResponse(200, body);
    } finally {
      lock.unlock();
    }
  }

  private static boolean conflicts(ObjectNode old, ObjectNode given) {
    JsonNode metadata = given.path("metadata");
    JsonNode oldMetadata = old.path("metadata");
    return (metadata.has("resourceVersion")
            && !metadata.get("resourceVersion").equals(oldMetadata.get("resourceVersion")))
        || (metadata.has("uid") && !metadata.get("uid").equals(oldMetadata.get("uid")));
  }

  private static ObjectNode object(@Nullable JsonNode tree) {
    if (tree instanceof ObjectNode object) {
      return object;
    }
    throw new AssertionError("a request without a JSON object: " + tree);
  }

  static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode existing ? existing : parent.putObject(field);
  }

  private static String key(ApiPath path) {
    return key(path, path.name());
  }

  private static String key(ApiPath path, String name) {
    return path.collection()
        + "|"
        + (path.namespace().isEmpty() ? "" : path.namespace() + "/")
        + name;
  }

  private static Answer notFound(ApiPath path) {
    return failure(404, "NotFound", path.plural() + " \"" + path.name() + "\" not found");
  }

  private static Answer failure(int code, String reason, String message) {
    ObjectNode status = KubeCodec.json().createObjectNode();
    status.put("kind", "Status").put("apiVersion", "v1").put("status", "Failure");
    status.put("message", message).put("reason", reason).put("code", code);
    return new Answer(code, status);
  }
}
