// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a JSON text along a schema and notes what a strict decoder complains about, in the order in
 * which it stands in the text: unknown fields and fields that stand there twice. Nothing is said
 * about what is within unknown fields and within values that decode themselves. Confined to one
 * call.
 */
final class StrictFields {
  private static final int MAX_ERRORS = 100;

  private final Schemas schemas;
  private final Set<String> errors = new LinkedHashSet<>();

  private StrictFields(Schemas schemas) {
    this.schemas = schemas;
  }

  /** The complaints about a text that is known to be JSON; at most 100, each once. */
  static List<String> check(byte[] json, ObjectSchema schema, Schemas schemas) {
    StrictFields check = new StrictFields(schemas);
    try (JsonParser parser = JsonMapper.shared().createParser(json)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        check.object(parser, schema, null, "");
      }
    } catch (JacksonException _) {
      // Who parsed the tree has said what is wrong with the text.
    }
    return List.copyOf(check.errors);
  }

  /** Reads to the end of an object: a structure, or else a map of {@code values}. */
  private void object(
      JsonParser parser,
      @Nullable ObjectSchema structure,
      @Nullable FieldSchema values,
      String path) {
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      String child = path.isEmpty() ? name : path + "." + name;
      FieldSchema field = structure == null ? values : structure.field(name);
      if (field == null) {
        complain("unknown", child);
      } else if (!seen.add(name)) {
        complain("duplicate", child);
      }
      parser.nextToken();
      value(parser, field, child);
    }
  }

  private void complain(String what, String path) {
    if (errors.size() < MAX_ERRORS) {
      errors.add(what + " field \"" + path + "\"");
    }
  }

  private void value(JsonParser parser, @Nullable FieldSchema field, String path) {
    JsonToken token = parser.currentToken();
    boolean nested = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
    if (!nested) {
      return;
    }
    if (field != null && field.type() == FieldSchema.Type.OBJECT) {
      ObjectSchema structure = schemas.structure(field);
      FieldSchema values = field.values();
      if (token == JsonToken.START_OBJECT && (structure != null || values != null)) {
        object(parser, structure, values, path);
        return;
      }
    } else if (field != null
        && field.type() == FieldSchema.Type.ARRAY
        && token == JsonToken.START_ARRAY) {
      int index = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        value(parser, field.items(), path + "[" + index++ + "]");
      }
      return;
    }
    parser.skipChildren();
  }
}
