// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One line of a watch. */
sealed interface WatchEvent<T> {

  /** An object is there in this state. */
  record Upsert<T>(T object) implements WatchEvent<T> {}

  /** An object is gone. */
  record Delete<T>(T last) implements WatchEvent<T> {}

  /**
   * Nothing of interest happened up to a version.
   *
   * @param endsInitialEvents whether all objects that existed at the start have been sent
   */
  record Bookmark<T>(String resourceVersion, boolean endsInitialEvents) implements WatchEvent<T> {}

  /** The server ends the watch. */
  record Failure<T>(KubeApiException error) implements WatchEvent<T> {}

  /**
   * A line that cannot be used.
   *
   * @param resourceVersion its version, "" where not even that can be read
   */
  record Broken<T>(String problem, String resourceVersion) implements WatchEvent<T> {}

  /** Reads one line. */
  static <T extends KubeObject> WatchEvent<T> parse(
      Resource<T> resource, byte[] bytes, int offset, int length) {
    String problem;
    try (JsonParser in = KubeCodec.json().createParser(bytes, offset, length)) {
      if (in.nextToken() == JsonToken.START_OBJECT && "type".equals(in.nextName())) {
        String type = in.nextStringValue();
        if (type != null && isChange(type) && "object".equals(in.nextName())) {
          in.nextToken();
          return change(type, KubeCodec.decode(resource, in));
        }
      }
      problem = "";
    } catch (CodecException | JacksonException e) {
      problem = String.valueOf(e.getMessage());
    }
    return parseTree(resource, bytes, offset, length, problem);
  }

  /** The rare lines: bookmarks, errors, unusual order of fields, broken objects. */
  private static <T extends KubeObject> WatchEvent<T> parseTree(
      Resource<T> resource, byte[] bytes, int offset, int length, String problem) {
    String version = "";
    try {
      JsonNode tree = KubeCodec.json().readTree(bytes, offset, length);
      String type = tree.path("type").asString("");
      JsonNode object = tree.path("object");
      JsonNode metadata = object.path("metadata");
      version = metadata.path("resourceVersion").asString("");
      if (type.equals("BOOKMARK")) {
        JsonNode end = metadata.path("annotations").path("k8s.io/initial-events-end");
        return new Bookmark<>(version, end.asString("").equals("true"));
      }
      if (type.equals("ERROR") && object instanceof ObjectNode status) {
        return new Failure<>(KubeApiException.of(status));
      }
      if (problem.isEmpty() && isChange(type)) {
        return change(type, KubeCodec.decode(resource, object));
      }
      return new Broken<>(
          problem.isEmpty() ? "unknown event type \"" + type + "\"" : problem, version);
    } catch (CodecException | JacksonException e) {
      return new Broken<>(problem.isEmpty() ? String.valueOf(e.getMessage()) : problem, version);
    }
  }

  private static boolean isChange(String type) {
    return type.equals("ADDED") || type.equals("MODIFIED") || type.equals("DELETED");
  }

  private static <T> WatchEvent<T> change(String type, T object) {
    return type.equals("DELETED") ? new Delete<>(object) : new Upsert<>(object);
  }
}
