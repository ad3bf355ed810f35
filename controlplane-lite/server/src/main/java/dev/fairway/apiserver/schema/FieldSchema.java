// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may stand in one field, list element or map value.
 *
 * @param type the JSON shape, {@link Type#OBJECT} also for maps
 * @param format OpenAPI format such as int32, or ""
 * @param definition name of the structure if this is one, otherwise null
 * @param items element schema of a list, otherwise null
 * @param values value schema of a map, otherwise null
 * @param patchStrategies strategic merge: any of merge, replace, retainKeys
 * @param mergeKey strategic merge: the key field of list elements, otherwise null
 * @param listMapKeys server-side apply: key fields of list elements
 * @param listType server-side apply: atomic, set, map or ""
 * @param mapType server-side apply: atomic, granular or ""
 * @param enumeration the documented values, if there is a fixed set
 */
public record FieldSchema(
    Type type,
    String format,
    @Nullable String definition,
    @Nullable FieldSchema items,
    @Nullable FieldSchema values,
    Set<String> patchStrategies,
    @Nullable String mergeKey,
    List<String> listMapKeys,
    String listType,
    String mapType,
    List<String> enumeration) {

  /** The JSON shapes; the last ones are scalars with a syntax of their own. */
  public enum Type {
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    OBJECT,
    ARRAY,
    ANY,
    INT_OR_STRING,
    QUANTITY,
    TIME,
    MICRO_TIME
  }

  public FieldSchema {
    patchStrategies = Set.copyOf(patchStrategies);
    listMapKeys = List.copyOf(listMapKeys);
    enumeration = List.copyOf(enumeration);
  }

  /** How Go names the type that this field is decoded to; it stands in type mismatch messages. */
  String goType() {
    return switch (type) {
      case STRING -> "byte".equals(format) ? "[]uint8" : "string";
      case INTEGER -> format.isEmpty() ? "int64" : format;
      case NUMBER -> "float64";
      case BOOLEAN -> "bool";
      case ANY -> "interface {}";
      case INT_OR_STRING -> "int32";
      case QUANTITY -> "resource.Quantity";
      case TIME, MICRO_TIME -> "string";
      case ARRAY -> "[]" + (items == null ? "interface {}" : items.goType());
      case OBJECT -> {
        if (definition != null) {
          yield ObjectSchema.goType(definition);
        }
        yield "map[string]" + (values == null ? "interface {}" : values.goType());
      }
    };
  }
}
