// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.SchemaCatalog;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.schema.JsonDocument;
import dev.fairway.apiserver.schema.SchemaException;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads request bodies: size limit, JSON or YAML, fields that the kind has. */
final class Body {
  /** As the default of kube-apiserver. */
  static final int MAX_BYTES = 3 << 20;

  private final SchemaCatalog schemas;

  Body(SchemaCatalog schemas) {
    this.schemas = schemas;
  }

  /** All bytes, at most {@link #MAX_BYTES}. */
  static byte[] bytes(Exchange exchange) throws IOException, StatusException {
    try (InputStream in = exchange.body()) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new StatusException(
            413, "RequestEntityTooLarge", "Request entity too large: limit is " + MAX_BYTES, null);
      }
      return bytes;
    }
  }

  /**
   * A text that was parsed.
   *
   * @param duplicates complaints about fields that stand in a JSON text twice
   */
  record Parsed(byte[] text, JsonNode tree, List<String> duplicates) {}

  /** A body in JSON or YAML by Content-Type; missing if it is empty. */
  static JsonNode tree(Exchange exchange) throws IOException, StatusException {
    return parsed(exchange).tree();
  }

  private static Parsed parsed(Exchange exchange) throws IOException, StatusException {
    String header = exchange.header("Content-Type");
    String type = header == null ? "application/json" : MediaType.parse(header).type();
    byte[] bytes = bytes(exchange);
    if (bytes.length == 0) {
      return new Parsed(bytes, MissingNode.getInstance(), List.of());
    }
    return switch (type) {
      case "application/json", "", "*/*" -> parse(bytes, false);
      case Protobuf.CONTENT_TYPE -> new Parsed(bytes, Protobuf.decode(bytes), List.of());
      case "application/yaml", "application/x-yaml", "text/yaml" -> parse(bytes, true);
      default ->
          throw new StatusException(
              415,
              "UnsupportedMediaType",
              "the body of the request was in an unknown format - accepted media types include:"
                  + " application/json, application/yaml,"
                  + " application/vnd.kubernetes.protobuf",
              null);
    };
  }

  static Parsed parse(byte[] bytes, boolean yaml) throws StatusException {
    if (yaml) {
      return new Parsed(bytes, parseYaml(new String(bytes, StandardCharsets.UTF_8)), List.of());
    }
    try {
      JsonDocument document = JsonDocument.parse(bytes);
      return new Parsed(bytes, document.tree(), document.duplicates());
    } catch (SchemaException e) {
      throw StatusException.badRequest("error decoding request body: " + e.getMessage());
    }
  }

  private static JsonNode parseYaml(String text) throws StatusException {
    try {
      List<ObjectNode> documents = KubeCodec.yamlDocuments(text);
      if (documents.size() == 1) {
        return documents.getFirst();
      }
    } catch (CodecException e) {
      throw StatusException.badRequest("error decoding request body: " + e.getMessage());
    }
    throw StatusException.badRequest("the body of the request has to be one YAML document");
  }

  /** An object of a resource, with the fields that the kind has. */
  record Decoded(ObjectNode tree, List<String> warnings) {}

  /** The body as an object of the resource. */
  Decoded object(Exchange exchange, ResourceDescriptor resource, QueryParameters parameters)
      throws IOException, StatusException {
    Parsed parsed = parsed(exchange);
    if (!(parsed.tree() instanceof ObjectNode tree)) {
      throw StatusException.badRequest(
          cannotBeHandled(resource) + "the body of the request is not an object");
    }
    // Duplicates are rare; only then the text is read once more, for the order of complaints.
    List<String> strict =
        parsed.duplicates().isEmpty() ? List.of() : schemas.strictErrors(resource, parsed.text());
    List<String> unknown = normalize(resource, tree);
    List<String> complaints = strict.isEmpty() ? unknown : strict;
    Strictness strictness = Strictness.of(parameters);
    if (strictness == Strictness.STRICT && !complaints.isEmpty()) {
      throw StatusException.badRequest(cannotBeHandled(resource) + strictError(complaints));
    }
    return new Decoded(ordered(resource, tree), strictness.warnings(complaints));
  }

  /** What happens to complaints about fields. */
  enum Strictness {
    IGNORE,
    WARN,
    STRICT;

    /** By the parameter fieldValidation; without it complaints become warnings. */
    static Strictness of(QueryParameters parameters) throws StatusException {
      String value = parameters.text("fieldValidation");
      return switch (value) {
        case "Ignore" -> IGNORE;
        case "", "Warn" -> WARN;
        case "Strict" -> STRICT;
        default ->
            throw StatusException.badRequest(
                "fieldValidation: Unsupported value: \""
                    + value
                    + "\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
      };
    }

    List<String> warnings(List<String> complaints) {
      return this == WARN ? complaints : List.of();
    }
  }

  static String strictError(List<String> complaints) {
    return "strict decoding error: " + String.join(", ", complaints);
  }

  /**
   * Checks kind and types; drops unknown fields from the tree.
   *
   * @return complaints about unknown fields
   */
  List<String> normalize(ResourceDescriptor resource, ObjectNode tree) throws StatusException {
    String apiVersion = tree.path("apiVersion").asString("");
    if (!apiVersion.isEmpty() && !apiVersion.equals(resource.apiVersion())) {
      throw StatusException.badRequest(
          "the API version in the data ("
              + apiVersion
              + ") does not match the expected API version ("
              + resource.apiVersion()
              + ")");
    }
    String kind = tree.path("kind").asString("");
    if (!kind.isEmpty() && !kind.equals(resource.kind())) {
      throw StatusException.badRequest(
          kind
              + " in version \""
              + resource.version()
              + "\" cannot be handled as a "
              + resource.kind()
              + ": the kind in the data does not match the expected kind");
    }
    List<String> unknown = new ArrayList<>();
    for (String path : schemas.dropUnknownFields(resource, tree)) {
      unknown.add("unknown field \"" + path + "\"");
    }
    String typeError = schemas.typeError(resource, tree);
    if (typeError != null) {
      throw StatusException.badRequest(cannotBeHandled(resource) + typeError);
    }
    return unknown;
  }

  private static String cannotBeHandled(ResourceDescriptor resource) {
    return resource.kind()
        + " in version \""
        + resource.version()
        + "\" cannot be handled as a "
        + resource.kind()
        + ": ";
  }

  /** The object with kind, apiVersion and metadata in front, the former two filled in. */
  static ObjectNode ordered(ResourceDescriptor resource, ObjectNode tree) {
    ObjectNode ordered = Json.object();
    ordered.put("kind", resource.kind()).put("apiVersion", resource.apiVersion());
    JsonNode metadata = tree.get("metadata");
    ordered.set("metadata", metadata instanceof ObjectNode ? metadata : Json.object());
    for (Map.Entry<String, JsonNode> field : tree.properties()) {
      ordered.putIfAbsent(field.getKey(), field.getValue());
    }
    return ordered;
  }

  /** The options object in a DELETE body, or null. */
  static @Nullable ObjectNode options(Exchange exchange) throws IOException, StatusException {
    return tree(exchange) instanceof ObjectNode options ? options : null;
  }
}
