// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and defaults fields of JSON trees; absent and empty are one, as they are for Kubernetes'
 * typed objects.
 */
final class Tree {
  private Tree() {}

  /** The object in a field; an empty one that is not part of the tree if there is none. */
  static ObjectNode object(JsonNode o, String field) {
    return o.get(field) instanceof ObjectNode child ? child : JsonNodeFactory.instance.objectNode();
  }

  /** The object in a field, made if there is none. */
  static ObjectNode ensure(ObjectNode o, String field) {
    return o.get(field) instanceof ObjectNode child ? child : o.putObject(field);
  }

  /** The elements of a list field that are objects. */
  static List<ObjectNode> objects(JsonNode o, String field) {
    List<ObjectNode> out = new ArrayList<>();
    for (JsonNode element : o.path(field)) {
      if (element instanceof ObjectNode object) {
        out.add(object);
      }
    }
    return out;
  }

  static List<String> texts(JsonNode o, String field) {
    List<String> out = new ArrayList<>();
    for (JsonNode element : o.path(field)) {
      out.add(element.asString(""));
    }
    return out;
  }

  static ArrayNode array(Iterable<String> texts) {
    ArrayNode out = JsonNodeFactory.instance.arrayNode();
    texts.forEach(out::add);
    return out;
  }

  /** The text in a field, "" if absent. */
  static String text(JsonNode o, String field) {
    JsonNode value = o.path(field);
    return value.isString() ? value.stringValue() : "";
  }

  static long number(JsonNode o, String field, long otherwise) {
    JsonNode value = o.path(field);
    return value.isIntegralNumber() ? value.asLong(otherwise) : otherwise;
  }

  static boolean flag(JsonNode o, String field) {
    return o.path(field).asBoolean(false);
  }

  static boolean isSet(JsonNode o, String field) {
    JsonNode value = o.path(field);
    return !value.isMissingNode()
        && !value.isNull()
        && !(value.isString() && value.stringValue().isEmpty());
  }

  static void defaultText(ObjectNode o, String field, String value) {
    if (!isSet(o, field)) {
      o.put(field, value);
    }
  }

  static void defaultNumber(ObjectNode o, String field, long value) {
    if (!o.has(field)) {
      o.put(field, value);
    }
  }

  /** Sets the number also where it is 0: for fields where Kubernetes' zero means absent. */
  static void defaultNonZero(ObjectNode o, String field, long value) {
    if (number(o, field, 0) == 0) {
      o.put(field, value);
    }
  }

  static void defaultFlag(ObjectNode o, String field, boolean value) {
    if (!o.has(field)) {
      o.put(field, value);
    }
  }

  /** Removes fields that hold what Kubernetes would not write: "", [], {}. */
  static void dropEmpty(ObjectNode o, String... fields) {
    for (String field : fields) {
      JsonNode value = o.path(field);
      boolean empty =
          value.isNull()
              || (value.isString() && value.stringValue().isEmpty())
              || (value.isContainer() && value.isEmpty());
      if (empty) {
        o.remove(field);
      }
    }
  }

  static String name(JsonNode o) {
    return text(o.path("metadata"), "name");
  }
}
