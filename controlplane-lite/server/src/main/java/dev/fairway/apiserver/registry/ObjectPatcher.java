// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Applies patches of the three classic types to JSON trees. */
public interface ObjectPatcher {
  /** The patch types, by content type. */
  enum Type {
    /** application/json-patch+json, RFC 6902. */
    JSON,
    /** application/merge-patch+json, RFC 7386. */
    MERGE,
    /** application/strategic-merge-patch+json. */
    STRATEGIC
  }

  /**
   * The patched object; {@code current} is not changed.
   *
   * @throws StatusException 400 for a malformed patch, 422 for one that cannot be applied
   */
  ObjectNode apply(ResourceDescriptor resource, ObjectNode current, Type type, JsonNode patch)
      throws StatusException;
}
