// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import dev.fairway.apiserver.registry.ObjectPatcher;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.schema.ObjectSchema;
import dev.fairway.apiserver.schema.Schemas;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The patch formats behind the generic server's interface; failures become answers for the client.
 * Thread-safe.
 */
public final class Patches implements ObjectPatcher {
  @Override
  public ObjectNode apply(
      ResourceDescriptor resource, ObjectNode current, Type type, JsonNode patch)
      throws StatusException {
    try {
      return switch (type) {
        case MERGE -> MergePatch.apply(current, patch);
        case STRATEGIC -> StrategicMergePatch.apply(current, patch, schema(resource));
        case JSON -> {
          if (JsonPatch.apply(current, patch) instanceof ObjectNode object) {
            yield object;
          }
          throw PatchException.doesNotApply("the patched document is not an object");
        }
      };
    } catch (PatchException e) {
      throw new StatusException(e.code(), e.reason(), String.valueOf(e.getMessage()), null);
    }
  }

  private static ObjectSchema schema(ResourceDescriptor resource) throws PatchException {
    ObjectSchema schema = Schemas.get().kind(resource.group(), resource.version(), resource.kind());
    if (schema == null) {
      throw PatchException.malformed(
          "strategic merge patch is not supported for " + resource.groupResource());
    }
    return schema;
  }
}
