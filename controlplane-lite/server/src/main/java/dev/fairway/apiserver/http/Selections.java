// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.watch.FieldSelector;
import dev.fairway.apiserver.watch.LabelSelector;
import dev.fairway.apiserver.watch.Selection;
import dev.fairway.apiserver.watch.SelectorSyntaxException;
import java.util.HashSet;
import java.util.Set;

/** Selections from the query of a list, watch or deletecollection. */
final class Selections {
  private Selections() {}

  static Selection of(Call call) throws StatusException {
    ResourceDescriptor resource = call.resource();
    try {
      LabelSelector labels = LabelSelector.parse(call.parameters().text("labelSelector"));
      FieldSelector fields = FieldSelector.parse(call.parameters().text("fieldSelector"));
      if (!fields.isEverything()) {
        Set<String> supported =
            new HashSet<>(resource.strategy().selectableFields(Json.object()).keySet());
        supported.add("metadata.name");
        supported.add("metadata.namespace");
        String unsupported = fields.unsupported(supported);
        if (unsupported != null) {
          throw StatusException.badRequest("field label not supported: " + unsupported);
        }
      }
      return new Selection(call.namespace(), labels, fields, resource.strategy()::selectableFields);
    } catch (SelectorSyntaxException e) {
      throw StatusException.badRequest(String.valueOf(e.getMessage()));
    }
  }
}
