// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import dev.fairway.apiserver.registry.TablePrinter;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A printer made of fixed columns and a function that writes the cells. */
record ColumnPrinter(List<Column> columns, Row row) implements TablePrinter {
  /** Writes one cell per column. */
  interface Row {
    void cells(ObjectNode o, Instant now, ArrayNode row);
  }

  ColumnPrinter {
    columns = List.copyOf(columns);
  }

  @Override
  public void cells(ObjectNode o, Instant now, ArrayNode to) {
    row.cells(o, now, to);
  }

  static Column always(String name, String description) {
    return new Column(name, "string", "", 0, description);
  }

  static Column wide(String name, String description) {
    return new Column(name, "string", "", 1, description);
  }
}
