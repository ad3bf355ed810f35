// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON text as a tree, with the fields that stood in it twice (the last one wins, as in
 * Kubernetes).
 *
 * @param tree the tree
 * @param duplicates as Kubernetes words them: {@code duplicate field "spec.ports[0].port"}, in the
 *     order of the text, each once; at most 100
 */
public record JsonDocument(JsonNode tree, List<String> duplicates) {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final int MAX_DUPLICATES = 100;
  // Deeper than any Kubernetes object, shallow enough for the smallest thread stack.
  private static final int MAX_DEPTH = 500;

  public JsonDocument {
    duplicates = List.copyOf(duplicates);
  }

  /**
   * Parses one JSON value.
   *
   * @throws SchemaException if the text is not JSON, has something after the value, or nests too
   *     deeply
   */
  public static JsonDocument parse(byte[] json) throws SchemaException {
    Set<String> duplicates = new LinkedHashSet<>();
    try (JsonParser parser = MAPPER.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new SchemaException("unexpected end of JSON input");
      }
      JsonNode tree = value(parser, first, "", 0, duplicates);
      if (parser.nextToken() != null) {
        throw new SchemaException("invalid data after top-level value");
      }
      return new JsonDocument(tree, List.copyOf(duplicates));
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      String place =
          at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
      throw new SchemaException(e.getOriginalMessage() + place);
    }
  }

  private static JsonNode value(
      JsonParser parser, JsonToken token, String path, int depth, Set<String> duplicates)
      throws SchemaException {
    if (depth > MAX_DEPTH) {
      throw new SchemaException("exceeded max depth");
    }
    return switch (token) {
      case START_OBJECT -> object(parser, path, depth, duplicates);
      case START_ARRAY -> {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (JsonToken t = next(parser); t != JsonToken.END_ARRAY; t = next(parser)) {
          array.add(value(parser, t, path + "[" + array.size() + "]", depth + 1, duplicates));
        }
        yield array;
      }
      default -> scalar(parser, token);
    };
  }

  private static JsonNode scalar(JsonParser parser, JsonToken token) throws SchemaException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (token) {
      case VALUE_STRING -> nodes.stringNode(parser.getString());
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDecimalValue());
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            default -> nodes.numberNode(parser.getBigIntegerValue());
          };
      default -> throw new SchemaException("unexpected token " + token);
    };
  }

  private static ObjectNode object(
      JsonParser parser, String path, int depth, Set<String> duplicates) throws SchemaException {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (JsonToken t = next(parser); t != JsonToken.END_OBJECT; t = next(parser)) {
      String name = parser.currentName();
      String child = path.isEmpty() ? name : path + "." + name;
      if (object.has(name) && duplicates.size() < MAX_DUPLICATES) {
        duplicates.add("duplicate field \"" + child + "\"");
      }
      object.set(name, value(parser, next(parser), child, depth + 1, duplicates));
    }
    return object;
  }

  private static JsonToken next(JsonParser parser) throws SchemaException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new SchemaException("unexpected end of JSON input");
    }
    return token;
  }
}
