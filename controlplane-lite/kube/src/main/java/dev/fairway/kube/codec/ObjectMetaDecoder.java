// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.OwnerReference;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;

/** Reads metadata and steps over {@code managedFields}, most of the bytes of many objects. */
final class ObjectMetaDecoder extends ValueDeserializer<ObjectMeta> {

  @Override
  public ObjectMeta deserialize(JsonParser in, DeserializationContext context) {
    Fields f = new Fields();
    if (Streaming.startsObject(in, context)) {
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        in.nextToken();
        f.read(name, in, context);
      }
    }
    return f.build();
  }

  private static final class Fields {
    private String name = "";
    private String generateName = "";
    private String namespace = "";
    private String uid = "";
    private String resourceVersion = "";
    private long generation;
    private @Nullable Instant creationTimestamp;
    private @Nullable Instant deletionTimestamp;
    private @Nullable Long deletionGracePeriodSeconds;
    private Map<String, String> labels = Map.of();
    private Map<String, String> annotations = Map.of();
    private List<OwnerReference> ownerReferences = List.of();
    private List<String> finalizers = List.of();

    void read(String field, JsonParser in, DeserializationContext context) {
      switch (field) {
        case "name" -> name = orEmpty(Streaming.string(in, context));
        case "generateName" -> generateName = orEmpty(Streaming.shared(in, context));
        case "namespace" -> namespace = orEmpty(Streaming.shared(in, context));
        case "uid" -> uid = orEmpty(Streaming.string(in, context));
        case "resourceVersion" -> resourceVersion = orEmpty(Streaming.string(in, context));
        case "generation" -> {
          Long value = Streaming.number(in, context);
          generation = value == null ? 0 : value;
        }
        case "creationTimestamp" -> creationTimestamp = time(in, context);
        case "deletionTimestamp" -> deletionTimestamp = time(in, context);
        case "deletionGracePeriodSeconds" ->
            deletionGracePeriodSeconds = Streaming.number(in, context);
        case "labels" -> labels = Streaming.map(in, context);
        case "annotations" -> annotations = Streaming.map(in, context);
        case "ownerReferences" ->
            ownerReferences = Streaming.list(in, context, ObjectMetaDecoder::owner);
        case "finalizers" -> finalizers = Streaming.list(in, context, Streaming::shared);
        default -> in.skipChildren();
      }
    }

    ObjectMeta build() {
      return new ObjectMeta(
          name,
          generateName,
          namespace,
          uid,
          resourceVersion,
          generation,
          creationTimestamp,
          deletionTimestamp,
          deletionGracePeriodSeconds,
          labels,
          annotations,
          ownerReferences,
          finalizers);
    }
  }

  private static @Nullable OwnerReference owner(JsonParser in, DeserializationContext context) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    String apiVersion = "";
    String kind = "";
    String name = "";
    String uid = "";
    Boolean controller = null;
    Boolean blockOwnerDeletion = null;
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "apiVersion" -> apiVersion = orEmpty(Streaming.shared(in, context));
        case "kind" -> kind = orEmpty(Streaming.shared(in, context));
        case "name" -> name = orEmpty(Streaming.shared(in, context));
        case "uid" -> uid = orEmpty(Streaming.shared(in, context));
        case "controller" -> controller = Streaming.bool(in, context);
        case "blockOwnerDeletion" -> blockOwnerDeletion = Streaming.bool(in, context);
        default -> in.skipChildren();
      }
    }
    return new OwnerReference(apiVersion, kind, name, uid, controller, blockOwnerDeletion);
  }

  private static @Nullable Instant time(JsonParser in, DeserializationContext context) {
    String text = Streaming.string(in, context);
    if (text == null) {
      return null;
    }
    try {
      return ScalarCodecs.parseTime(text);
    } catch (DateTimeException notTime) {
      return (Instant) context.handleWeirdStringValue(Instant.class, text, "not an RFC 3339 time");
    }
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
