// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.schema.ObjectSchema.GroupVersionKind;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Builds the OpenAPI v3 document of a group version: what {@code kubectl explain} prints from, and
 * where {@code kubectl apply} sees (by the {@code fieldValidation} parameter of PATCH) that the
 * server checks fields itself.
 */
final class OpenApiDocument {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final Map<FieldSchema.Type, String> SCALARS =
      Map.of(
          FieldSchema.Type.INT_OR_STRING,
          "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
          FieldSchema.Type.QUANTITY,
          "io.k8s.apimachinery.pkg.api.resource.Quantity",
          FieldSchema.Type.TIME,
          META + "Time",
          FieldSchema.Type.MICRO_TIME,
          META + "MicroTime");
  private static final List<String> PATCH_TYPES =
      List.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/strategic-merge-patch+json",
          "application/apply-patch+yaml");

  private final String group;
  private final String version;
  private final Schemas schemas = Schemas.get();
  private final JsonNode descriptions = Schemas.readDescriptions();
  private final TreeMap<String, ObjectNode> components = new TreeMap<>();
  private final ObjectNode paths = NODES.objectNode();

  private OpenApiDocument(String group, String version) {
    this.group = group;
    this.version = version;
  }

  /**
   * The document for one group version; the core group is "". About a megabyte for the core group:
   * callers keep it.
   */
  static ObjectNode build(String group, String version, List<ResourceDescriptor> resources) {
    OpenApiDocument document = new OpenApiDocument(group, version);
    for (ResourceDescriptor resource : resources) {
      document.addResource(resource);
    }
    ObjectNode out = NODES.objectNode();
    out.put("openapi", "3.0.0");
    out.putObject("info").put("title", "Kubernetes").put("version", "v1.36.3");
    out.set("paths", document.paths);
    ObjectNode componentSchemas = out.putObject("components").putObject("schemas");
    document.components.forEach(componentSchemas::set);
    return out;
  }

  private void addResource(ResourceDescriptor resource) {
    ObjectSchema schema = schemas.kind(group, version, resource.kind());
    if (schema == null) {
      return;
    }
    addComponent(schema.name());
    ObjectSchema list = schemas.kind(group, version, resource.kind() + "List");
    String listName = list == null ? schema.name() : list.name();
    addComponent(listName);
    String root = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    String scope = resource.namespaced() ? "/namespaces/{namespace}" : "";
    String collection = root + scope + "/" + resource.plural();
    if (!resource.isStored()) {
      ObjectNode answered = paths.putObject(collection);
      answered.set("post", operation("post", resource, schema.name()));
      addParameters(answered, resource.namespaced(), false);
      return;
    }
    if (resource.namespaced()) {
      ObjectNode all = paths.putObject(root + "/" + resource.plural());
      all.set("get", operation("list", resource, listName));
    }
    ObjectNode collectionItem = paths.putObject(collection);
    collectionItem.set("get", operation("list", resource, listName));
    collectionItem.set("post", operation("post", resource, schema.name()));
    collectionItem.set("delete", operation("deletecollection", resource, listName));
    addParameters(collectionItem, resource.namespaced(), false);
    addItem(collection + "/{name}", resource, schema.name(), true);
    for (String sub : new TreeSet<>(resource.subresources())) {
      if (sub.equals("status")) {
        addItem(collection + "/{name}/status", resource, schema.name(), false);
      }
    }
  }

  private void addItem(
      String path, ResourceDescriptor resource, String definition, boolean deletable) {
    ObjectNode item = paths.putObject(path);
    item.set("get", operation("get", resource, definition));
    item.set("put", operation("put", resource, definition));
    item.set("patch", operation("patch", resource, definition));
    if (deletable) {
      item.set("delete", operation("delete", resource, definition));
    }
    addParameters(item, resource.namespaced(), true);
  }

  private static void addParameters(ObjectNode item, boolean namespaced, boolean named) {
    ArrayNode parameters = item.putArray("parameters");
    if (named) {
      addParameter(parameters, "name", "path", true);
    }
    if (namespaced) {
      addParameter(parameters, "namespace", "path", true);
    }
    addParameter(parameters, "pretty", "query", false);
  }

  private static void addParameter(ArrayNode to, String name, String in, boolean required) {
    ObjectNode parameter = to.addObject().put("name", name).put("in", in);
    if (required) {
      parameter.put("required", true);
    }
    parameter.putObject("schema").put("type", "string").put("uniqueItems", true);
  }

  private ObjectNode operation(String action, ResourceDescriptor resource, String definition) {
    ObjectNode op = NODES.objectNode();
    op.putArray("tags").add((group.isEmpty() ? "core" : group.split("\\.", 2)[0]) + "_" + version);
    op.put(
        "operationId",
        action + resource.kind() + resource.plural().substring(0, 1).toUpperCase(Locale.ROOT));
    boolean writes = action.equals("post") || action.equals("put") || action.equals("patch");
    if (writes) {
      ArrayNode parameters = op.putArray("parameters");
      for (String name : List.of("dryRun", "fieldManager", "fieldValidation")) {
        addParameter(parameters, name, "query", false);
      }
      ObjectNode content = op.putObject("requestBody").putObject("content");
      if (action.equals("patch")) {
        ObjectNode patch = components.computeIfAbsent(META + "Patch", _ -> patchComponent());
        assert patch.has("type");
        PATCH_TYPES.forEach(
            type -> content.putObject(type).set("schema", reference(META + "Patch")));
      } else {
        content.putObject("application/json").set("schema", reference(definition));
      }
    }
    ObjectNode ok = op.putObject("responses").putObject("200").put("description", "OK");
    ok.putObject("content").putObject("application/json").set("schema", reference(definition));
    op.put("x-kubernetes-action", action);
    op.set(
        "x-kubernetes-group-version-kind",
        gvk(new GroupVersionKind(group, version, resource.kind())));
    return op;
  }

  private static ObjectNode patchComponent() {
    return NODES
        .objectNode()
        .put(
            "description",
            "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.")
        .put("type", "object");
  }

  private void addComponent(String name) {
    if (components.containsKey(name)) {
      return;
    }
    ObjectSchema schema = schemas.definition(name);
    ObjectNode out = NODES.objectNode();
    components.put(name, out);
    JsonNode texts = descriptions.path(name);
    describe(out, texts.path(""));
    out.put("type", "object");
    if (!schema.required().isEmpty()) {
      ArrayNode required = out.putArray("required");
      schema.required().forEach(required::add);
    }
    if (!schema.fields().isEmpty()) {
      ObjectNode properties = out.putObject("properties");
      for (Map.Entry<String, FieldSchema> field : schema.fields().entrySet()) {
        ObjectNode property = NODES.objectNode();
        describe(property, texts.path(field.getKey()));
        property.setAll(type(field.getValue()));
        properties.set(field.getKey(), property);
      }
    }
    if (!schema.kinds().isEmpty()) {
      ArrayNode kinds = out.putArray("x-kubernetes-group-version-kind");
      schema.kinds().forEach(kind -> kinds.add(gvk(kind)));
    }
  }

  private ObjectNode type(FieldSchema field) {
    ObjectNode out = NODES.objectNode();
    String scalar = SCALARS.get(field.type());
    String definition = field.definition();
    if (definition != null) {
      addComponent(definition);
      out.putArray("allOf").add(reference(definition));
    } else if (scalar != null) {
      components.computeIfAbsent(scalar, _ -> scalarComponent(field.type()));
      out.putArray("allOf").add(reference(scalar));
    } else if (field.type() != FieldSchema.Type.ANY) {
      out.put("type", field.type().name().toLowerCase(Locale.ROOT));
      if (!field.format().isEmpty()) {
        out.put("format", field.format());
      }
    } else {
      out.put("type", "object");
    }
    if (field.items() != null) {
      out.set("items", type(field.items()));
    }
    if (field.values() != null) {
      out.set("additionalProperties", type(field.values()));
    }
    addExtensions(out, field);
    return out;
  }

  private static void addExtensions(ObjectNode out, FieldSchema field) {
    if (!field.enumeration().isEmpty()) {
      ArrayNode values = out.putArray("enum");
      field.enumeration().forEach(values::add);
    }
    if (!field.patchStrategies().isEmpty()) {
      out.put(
          "x-kubernetes-patch-strategy", String.join(",", new TreeSet<>(field.patchStrategies())));
    }
    if (field.mergeKey() != null) {
      out.put("x-kubernetes-patch-merge-key", field.mergeKey());
    }
    if (!field.listMapKeys().isEmpty()) {
      ArrayNode keys = out.putArray("x-kubernetes-list-map-keys");
      field.listMapKeys().forEach(keys::add);
    }
    if (!field.listType().isEmpty()) {
      out.put("x-kubernetes-list-type", field.listType());
    }
    if (!field.mapType().isEmpty()) {
      out.put("x-kubernetes-map-type", field.mapType());
    }
  }

  private static ObjectNode scalarComponent(FieldSchema.Type type) {
    ObjectNode out = NODES.objectNode();
    switch (type) {
      case INT_OR_STRING -> {
        out.put("format", "int-or-string");
        ArrayNode oneOf = out.putArray("oneOf");
        oneOf.addObject().put("type", "integer");
        oneOf.addObject().put("type", "string");
      }
      case QUANTITY -> {
        ArrayNode oneOf = out.putArray("oneOf");
        oneOf.addObject().put("type", "string");
        oneOf.addObject().put("type", "number");
      }
      default -> out.put("type", "string").put("format", "date-time");
    }
    return out;
  }

  private static void describe(ObjectNode out, JsonNode text) {
    if (text.isString()) {
      out.put("description", text.stringValue());
    }
  }

  private static ObjectNode reference(String definition) {
    return NODES.objectNode().put("$ref", "#/components/schemas/" + definition);
  }

  private static ObjectNode gvk(GroupVersionKind kind) {
    return NODES
        .objectNode()
        .put("group", kind.group())
        .put("kind", kind.kind())
        .put("version", kind.version());
  }
}
