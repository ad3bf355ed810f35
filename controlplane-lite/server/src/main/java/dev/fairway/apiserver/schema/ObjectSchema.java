// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one structure.
 *
 * @param name the OpenAPI definition name, such as {@code io.k8s.api.core.v1.ServiceSpec}
 * @param kinds the kinds whose top level this structure is
 * @param required fields that OpenAPI lists as required
 * @param fields by JSON name, in alphabetical order
 */
public record ObjectSchema(
    String name,
    List<GroupVersionKind> kinds,
    List<String> required,
    Map<String, FieldSchema> fields) {

  /** A kind in a version of a group; the core group is "". */
  public record GroupVersionKind(String group, String version, String kind) {}

  public ObjectSchema {
    kinds = List.copyOf(kinds);
    required = List.copyOf(required);
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** The schema of a field, or null if there is no such field. */
  public @Nullable FieldSchema field(String field) {
    return fields.get(field);
  }

  /** Name of the Go structure, such as {@code ServiceSpec}. */
  String structName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  static String goType(String definition) {
    int last = definition.lastIndexOf('.');
    int before = definition.lastIndexOf('.', last - 1);
    return definition.substring(before + 1);
  }
}
