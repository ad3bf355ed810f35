// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON trees from and to bytes. */
public final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /**
   * The tree of a whole JSON text.
   *
   * @throws JacksonException if it is none
   */
  public static JsonNode parse(byte[] json) {
    return MAPPER.readTree(json);
  }

  /**
   * The tree of a JSON object.
   *
   * @throws JacksonException if it is not JSON
   * @throws IllegalArgumentException if it is not an object
   */
  public static ObjectNode parseObject(byte[] json) {
    if (parse(json) instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("not a JSON object");
  }

  /** Compact UTF-8. */
  public static byte[] bytes(JsonNode tree) {
    return MAPPER.writeValueAsBytes(tree);
  }

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The metadata object of an API object, added if absent. */
  public static ObjectNode metadata(ObjectNode object) {
    return child(object, "metadata");
  }

  /** An object-valued field, added (or put in place of anything else) if absent. */
  public static ObjectNode child(ObjectNode object, String field) {
    return object.get(field) instanceof ObjectNode child ? child : object.putObject(field);
  }

  /** A string field of metadata, "" if absent. */
  public static String meta(ObjectNode object, String field) {
    return object.path("metadata").path(field).asString("");
  }
}
