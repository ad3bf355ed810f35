// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import dev.fairway.apiserver.schema.ObjectSchema.GroupVersionKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** All structures the API server knows. Immutable, thread-safe; read once from the class path. */
public final class Schemas {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Map<String, ObjectSchema> byName;
  private final Map<GroupVersionKind, ObjectSchema> byKind;

  private Schemas(Map<String, ObjectSchema> byName) {
    this.byName = byName;
    this.byKind = new HashMap<>();
    for (ObjectSchema schema : byName.values()) {
      for (GroupVersionKind kind : schema.kinds()) {
        byKind.put(kind, schema);
      }
    }
  }

  private static final class Holder {
    static final Schemas INSTANCE = new Schemas(readFields());
  }

  /** The schemas of this server. */
  public static Schemas get() {
    return Holder.INSTANCE;
  }

  /** Schema of a kind such as ("apps", "v1", "Deployment"), or null if it is not served. */
  public @Nullable ObjectSchema kind(String group, String version, String kind) {
    return byKind.get(new GroupVersionKind(group, version, kind));
  }

  /**
   * Schema of a structure by definition name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public ObjectSchema definition(String name) {
    ObjectSchema schema = byName.get(name);
    if (schema == null) {
      throw new IllegalArgumentException("no definition named " + name);
    }
    return schema;
  }

  /** Schema of the structure that a field holds, or null if the field is not a structure. */
  public @Nullable ObjectSchema structure(@Nullable FieldSchema field) {
    return field == null || field.definition() == null ? null : byName.get(field.definition());
  }

  /**
   * Descriptions by definition name, then by field name ("" for the structure itself); read anew
   * from the class path.
   */
  static JsonNode readDescriptions() {
    return read("descriptions.json");
  }

  private static Map<String, ObjectSchema> readFields() {
    Map<String, ObjectSchema> out = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : read("fields.json").properties()) {
      out.put(entry.getKey(), objectSchema(entry.getKey(), entry.getValue()));
    }
    return out;
  }

  private static ObjectSchema objectSchema(String name, JsonNode node) {
    List<GroupVersionKind> kinds = new ArrayList<>();
    for (JsonNode gvk : node.path("gvk")) {
      kinds.add(
          new GroupVersionKind(
              gvk.path(0).asString(), gvk.path(1).asString(), gvk.path(2).asString()));
    }
    Map<String, FieldSchema> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.path("fields").properties()) {
      fields.put(field.getKey(), fieldSchema(field.getValue()));
    }
    return new ObjectSchema(name, kinds, strings(node.path("required")), fields);
  }

  private static FieldSchema fieldSchema(JsonNode node) {
    String ref = node.path("ref").asString("");
    String strategies = node.path("merge").asString("");
    String mergeKey = node.path("key").asString("");
    Set<String> strategySet =
        strategies.isEmpty() ? Set.of() : new HashSet<>(List.of(strategies.split(",")));
    return new FieldSchema(
        ref.isEmpty() ? type(node.path("type").asString("any")) : FieldSchema.Type.OBJECT,
        node.path("format").asString(""),
        ref.isEmpty() ? null : ref,
        node.has("items") ? fieldSchema(node.path("items")) : null,
        node.has("values") ? fieldSchema(node.path("values")) : null,
        strategySet,
        mergeKey.isEmpty() ? null : mergeKey,
        strings(node.path("keys")),
        node.path("list").asString(""),
        node.path("map").asString(""),
        strings(node.path("enum")));
  }

  private static FieldSchema.Type type(String name) {
    return switch (name) {
      case "intOrString" -> FieldSchema.Type.INT_OR_STRING;
      case "microTime" -> FieldSchema.Type.MICRO_TIME;
      default -> FieldSchema.Type.valueOf(name.toUpperCase(Locale.ROOT));
    };
  }

  private static List<String> strings(JsonNode array) {
    List<String> out = new ArrayList<>();
    for (JsonNode element : array) {
      out.add(element.asString());
    }
    return out;
  }

  private static ObjectNode read(String file) {
    try (InputStream in = Schemas.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("missing from the class path: " + file);
      }
      return (ObjectNode) MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
