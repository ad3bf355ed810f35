// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON merge patch (RFC 7386). */
final class MergePatches {
  private MergePatches() {}

  static void set(ObjectNode target, String field, JsonNode value) {
    if (value.isNull()) {
      target.remove(field);
    } else if (value instanceof ObjectNode object) {
      ObjectNode child = FakeApi.child(target, field);
      object.properties().forEach(e -> set(child, e.getKey(), e.getValue()));
    } else {
      target.set(field, value);
    }
  }
}
