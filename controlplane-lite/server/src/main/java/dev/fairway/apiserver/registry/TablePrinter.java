// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns objects into the rows that {@code kubectl get} shows. */
public interface TablePrinter {

  /** Columns of a kind without special ones. */
  TablePrinter NAME_AND_AGE = new NameAndAge();

  /**
   * A column.
   *
   * @param type integer, number, string, boolean or date
   * @param format OpenAPI format, "name" for the first column, else often ""
   * @param priority 0 is always shown, 1 only with {@code -o wide}
   */
  record Column(String name, String type, String format, int priority, String description) {}

  /** The columns, the same for every object of the kind. */
  List<Column> columns();

  /**
   * Appends one cell per column.
   *
   * @param now the time that ages count to
   */
  void cells(ObjectNode o, Instant now, ArrayNode row);
}
