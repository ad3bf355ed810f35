// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.SchemaCatalog;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schemas behind the generic server's interface. Thread-safe; OpenAPI documents are built when
 * first asked for.
 */
public final class KindSchemas implements SchemaCatalog {
  private final List<ResourceDescriptor> resources;
  private final Schemas schemas = Schemas.get();
  private final Map<String, byte[]> documents = new ConcurrentHashMap<>();

  /** For a server that serves these resources. */
  public KindSchemas(List<ResourceDescriptor> resources) {
    this.resources = List.copyOf(resources);
  }

  @Override
  public List<String> dropUnknownFields(ResourceDescriptor resource, ObjectNode o) {
    ObjectSchema schema = schemas.kind(resource.group(), resource.version(), resource.kind());
    return schema == null
        ? List.of()
        : List.copyOf(SchemaCheck.normalize(o, schema, schemas).unknown());
  }

  @Override
  public List<String> strictErrors(ResourceDescriptor resource, byte[] json) {
    ObjectSchema schema = schemas.kind(resource.group(), resource.version(), resource.kind());
    return schema == null ? List.of() : StrictFields.check(json, schema, schemas);
  }

  @Override
  public @Nullable String typeError(ResourceDescriptor resource, ObjectNode o) {
    ObjectSchema schema = schemas.kind(resource.group(), resource.version(), resource.kind());
    return schema == null ? null : SchemaCheck.normalize(o, schema, schemas).typeError();
  }

  @Override
  public byte @Nullable [] openApiV3(String urlRoot) {
    List<ResourceDescriptor> served =
        resources.stream().filter(r -> r.urlRoot().equals(urlRoot)).toList();
    if (served.isEmpty()) {
      return null;
    }
    return documents
        .computeIfAbsent(
            urlRoot,
            _ ->
                OpenApiDocument.build(
                        served.getFirst().group(), served.getFirst().version(), served)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8))
        .clone();
  }
}
