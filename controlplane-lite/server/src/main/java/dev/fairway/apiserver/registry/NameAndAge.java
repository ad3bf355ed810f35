// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The two columns that every kind can show. */
final class NameAndAge implements TablePrinter {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("Name", "string", "name", 0, "Name must be unique within a namespace."),
          new Column("Age", "string", "", 0, "Time since the object was created."));

  @Override
  public List<Column> columns() {
    return COLUMNS;
  }

  @Override
  public void cells(ObjectNode o, Instant now, ArrayNode row) {
    row.add(o.path("metadata").path("name").asString(""));
    row.add(age(o, now));
  }

  private static String age(ObjectNode o, Instant now) {
    String created = o.path("metadata").path("creationTimestamp").asString("");
    if (created.isEmpty()) {
      return "<unknown>";
    }
    try {
      return HumanDuration.format(Duration.between(Instant.parse(created), now));
    } catch (DateTimeParseException _) {
      return "<unknown>";
    }
  }
}
