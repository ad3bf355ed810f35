// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings an object into the form a typed server would decode it to: unknown fields and nulls are
 * removed, numbers that stand for quantities become text. Reports what was removed as unknown and
 * the first value of a wrong type, which stays as it is. Confined to one call.
 */
final class SchemaCheck {
  private static final Pattern QUANTITY =
      Pattern.compile("([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)");
  private static final Pattern QUANTITY_VALUE =
      Pattern.compile(
          "[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][-+]?[0-9]+)?");
  private static final int MAX_ERRORS = 100;

  private final Schemas schemas;
  private final List<String> unknown = new ArrayList<>();
  private @Nullable String typeError;

  private SchemaCheck(Schemas schemas) {
    this.schemas = schemas;
  }

  /** Walks {@code object} and normalizes it in place. */
  static SchemaCheck normalize(ObjectNode object, ObjectSchema schema, Schemas schemas) {
    SchemaCheck check = new SchemaCheck(schemas);
    check.object(object, schema, "", "");
    return check;
  }

  /** Paths of the removed unknown fields in document order; at most 100. */
  List<String> unknown() {
    return unknown;
  }

  /** The first value of a wrong type in the words of Kubernetes' decoder, or null. */
  @Nullable String typeError() {
    return typeError;
  }

  private void object(ObjectNode object, ObjectSchema schema, String path, String names) {
    Iterator<Map.Entry<String, JsonNode>> entries = object.properties().iterator();
    while (entries.hasNext()) {
      Map.Entry<String, JsonNode> entry = entries.next();
      String name = entry.getKey();
      FieldSchema field = schema.field(name);
      if (field == null) {
        if (unknown.size() < MAX_ERRORS) {
          unknown.add(dot(path, name));
        }
        entries.remove();
      } else if (entry.getValue().isNull()) {
        entries.remove();
      } else {
        entry.setValue(value(entry.getValue(), field, schema, dot(path, name), dot(names, name)));
      }
    }
  }

  /** Checks one value; {@code names} is the path without indices that stands in Go's messages. */
  private JsonNode value(
      JsonNode value, FieldSchema field, ObjectSchema owner, String path, String names) {
    switch (field.type()) {
      case STRING -> string(value, field, owner, names);
      case BOOLEAN -> {
        var _ = require(value.isBoolean(), value, field, owner, names);
      }
      case INTEGER -> integer(value, field, owner, names);
      case NUMBER -> {
        var _ = require(value.isNumber(), value, field, owner, names);
      }
      case INT_OR_STRING -> {
        if (!value.isString()) {
          integer(value, field, owner, names);
        }
      }
      case QUANTITY -> {
        return quantity(value);
      }
      case TIME, MICRO_TIME -> time(value, field, owner, names);
      case ARRAY -> array(value, field, owner, path, names);
      case OBJECT -> {
        if (require(value.isObject(), value, field, owner, names)) {
          nested((ObjectNode) value, field, owner, path, names);
        }
      }
      case ANY -> {}
    }
    return value;
  }

  private void nested(
      ObjectNode value, FieldSchema field, ObjectSchema owner, String path, String names) {
    ObjectSchema structure = schemas.structure(field);
    if (structure != null) {
      object(value, structure, path, names);
      return;
    }
    FieldSchema values = field.values();
    if (values == null) {
      return;
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (entry.getValue().isNull()) {
        entry.setValue(zero(values));
      } else {
        entry.setValue(value(entry.getValue(), values, owner, dot(path, entry.getKey()), names));
      }
    }
  }

  private void array(
      JsonNode value, FieldSchema field, ObjectSchema owner, String path, String names) {
    FieldSchema items = field.items();
    if (!require(value.isArray(), value, field, owner, names) || items == null) {
      return;
    }
    ArrayNode array = (ArrayNode) value;
    for (int i = 0; i < array.size(); i++) {
      JsonNode element = array.get(i);
      JsonNode next =
          element.isNull()
              ? zero(items)
              : value(element, items, owner, path + "[" + i + "]", names);
      array.set(i, next);
    }
  }

  /** What Go decodes null to where a value must be. */
  private static JsonNode zero(FieldSchema field) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (field.type()) {
      case STRING, INT_OR_STRING, TIME, MICRO_TIME -> nodes.stringNode("");
      case QUANTITY -> nodes.stringNode("0");
      case BOOLEAN -> nodes.booleanNode(false);
      case INTEGER, NUMBER -> nodes.numberNode(0);
      case ARRAY -> nodes.arrayNode();
      case OBJECT -> nodes.objectNode();
      case ANY -> nodes.nullNode();
    };
  }

  private void string(JsonNode value, FieldSchema field, ObjectSchema owner, String names) {
    if (require(value.isString(), value, field, owner, names) && "byte".equals(field.format())) {
      int bad = badBase64(value.stringValue());
      if (bad >= 0) {
        fail("illegal base64 data at input byte " + bad);
      }
    }
  }

  private static int badBase64(String text) {
    String clean = text.replace("\n", "").replace("\r", "");
    int end = clean.length();
    while (end > 0 && end > clean.length() - 2 && clean.charAt(end - 1) == '=') {
      end--;
    }
    for (int i = 0; i < end; i++) {
      char c = clean.charAt(i);
      boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/') {
        return i;
      }
    }
    boolean whole = clean.length() % 4 == 0 && end % 4 != 1;
    return whole ? -1 : clean.length() - clean.length() % 4;
  }

  private void integer(JsonNode value, FieldSchema field, ObjectSchema owner, String names) {
    boolean fits;
    if (!value.isNumber()) {
      fits = false;
    } else if ("int32".equals(field.format()) || field.type() == FieldSchema.Type.INT_OR_STRING) {
      fits = value.isIntegralNumber() && value.canConvertToInt();
    } else {
      fits = value.isIntegralNumber() && value.canConvertToLong();
    }
    if (!fits) {
      fail(mismatch(value, field, owner, names));
    }
  }

  private void fail(String message) {
    if (typeError == null) {
      typeError = message;
    }
  }

  private JsonNode quantity(JsonNode value) {
    if (value.isNumber()) {
      return JsonNodeFactory.instance.stringNode(value.asString());
    }
    String text = value.isString() ? value.stringValue().strip() : value.toString();
    if (text.isEmpty() || !QUANTITY.matcher(text).matches()) {
      fail(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    } else if (!QUANTITY_VALUE.matcher(text).matches()) {
      fail("unable to parse quantity's suffix");
    }
    return value;
  }

  private void time(JsonNode value, FieldSchema field, ObjectSchema owner, String names) {
    if (!require(value.isString(), value, field, owner, names)) {
      return;
    }
    String text = value.stringValue();
    try {
      OffsetDateTime.parse(text);
    } catch (DateTimeException _) {
      String layout =
          field.type() == FieldSchema.Type.TIME
              ? "2006-01-02T15:04:05Z07:00"
              : "2006-01-02T15:04:05.000000Z07:00";
      fail(
          "parsing time \""
              + text
              + "\" as \""
              + layout
              + "\": cannot parse \""
              + text
              + "\" as \"2006\"");
    }
  }

  private boolean require(
      boolean ok, JsonNode value, FieldSchema field, ObjectSchema owner, String names) {
    if (!ok) {
      fail(mismatch(value, field, owner, names));
    }
    return ok;
  }

  private static String mismatch(
      JsonNode value, FieldSchema field, ObjectSchema owner, String names) {
    return "json: cannot unmarshal "
        + jsonType(value, field)
        + " into Go struct field "
        + owner.structName()
        + "."
        + names
        + " of type "
        + field.goType();
  }

  private static String jsonType(JsonNode value, FieldSchema field) {
    return switch (value.getNodeType()) {
      case STRING -> "string";
      case BOOLEAN -> "bool";
      case ARRAY -> "array";
      case NUMBER ->
          field.type() == FieldSchema.Type.INTEGER || field.type() == FieldSchema.Type.INT_OR_STRING
              ? "number " + value.asString()
              : "number";
      case OBJECT, NULL, BINARY, MISSING, POJO -> "object";
    };
  }

  private static String dot(@Nullable String path, String name) {
    return path == null || path.isEmpty() ? name : path + "." + name;
  }
}
