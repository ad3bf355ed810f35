// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A kind with a spec, and perhaps a status that only its subresource writes and a generation that
 * counts spec changes.
 */
abstract class SpecStrategy implements KindStrategy {
  private final TablePrinter table;
  private final boolean hasStatus;
  private final boolean hasGeneration;

  SpecStrategy(TablePrinter table, boolean hasStatus, boolean hasGeneration) {
    this.table = table;
    this.hasStatus = hasStatus;
    this.hasGeneration = hasGeneration;
  }

  @Override
  public final TablePrinter table() {
    return table;
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    if (hasStatus) {
      o.remove("status");
    }
    if (hasGeneration) {
      Tree.ensure(o, "metadata").put("generation", 1);
    }
  }

  @Override
  public void prepareForUpdate(ObjectNode next, ObjectNode old, @Nullable String subresource) {
    if ("status".equals(subresource)) {
      keepAllButStatus(next, old);
    } else if (hasStatus) {
      copy(next, old, "status");
    }
    if (hasGeneration) {
      long generation = old.path("metadata").path("generation").asLong(0);
      boolean changed = !next.path("spec").equals(old.path("spec"));
      Tree.ensure(next, "metadata").put("generation", changed ? generation + 1 : generation);
    }
  }

  private static void keepAllButStatus(ObjectNode next, ObjectNode old) {
    List<String> names = new ArrayList<>(next.propertyNames());
    old.propertyNames().forEach(names::add);
    for (String name : names) {
      if (!name.equals("status") && !name.equals("metadata")) {
        copy(next, old, name);
      }
    }
  }

  /** Makes a field of {@code next} what it is in {@code old}. */
  static void copy(ObjectNode next, ObjectNode old, String field) {
    JsonNode value = old.get(field);
    if (value == null) {
      next.remove(field);
    } else {
      next.set(field, value.deepCopy());
    }
  }
}
