// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import java.time.Instant;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rows of events of both API groups; events.k8s.io names some fields differently. */
final class EventRow {
  private EventRow() {}

  static void cells(ObjectNode event, Instant now, ArrayNode row) {
    JsonNode series = event.path("series");
    String eventTime = Cells.text(event, "eventTime");
    String first = time(event, "firstTimestamp", "deprecatedFirstTimestamp");
    String last = time(event, "lastTimestamp", "deprecatedLastTimestamp");
    String firstSeen = first.isEmpty() ? Cells.since(eventTime, now) : Cells.since(first, now);
    String lastSeen = last.isEmpty() ? firstSeen : Cells.since(last, now);
    long count =
        event.has("count")
            ? event.path("count").asLong(0)
            : event.path("deprecatedCount").asLong(0);
    if (series.isObject()) {
      lastSeen = Cells.since(Cells.text(series, "lastObservedTime"), now);
      count = series.path("count").asLong(0);
    } else if (count == 0) {
      count = 1;
    }
    JsonNode about =
        event.has("involvedObject") ? event.path("involvedObject") : event.path("regarding");
    row.add(lastSeen);
    row.add(Cells.text(event, "type"));
    row.add(Cells.text(event, "reason"));
    row.add(object(about));
    row.add(Cells.text(about, "fieldPath"));
    row.add(source(event));
    row.add(message(event).strip());
    row.add(firstSeen);
    row.add(count);
    row.add(Cells.name(event));
  }

  private static String time(ObjectNode event, String core, String other) {
    String text = Cells.text(event, core);
    return text.isEmpty() ? Cells.text(event, other) : text;
  }

  private static String object(JsonNode about) {
    String kind = Cells.text(about, "kind").toLowerCase(Locale.ROOT);
    return kind + "/" + Cells.text(about, "name");
  }

  private static String message(ObjectNode event) {
    return event.has("message") ? Cells.text(event, "message") : Cells.text(event, "note");
  }

  private static String source(ObjectNode event) {
    JsonNode source = event.has("source") ? event.path("source") : event.path("deprecatedSource");
    String component = Cells.text(source, "component");
    if (component.isEmpty()) {
      component =
          event.has("reportingComponent")
              ? Cells.text(event, "reportingComponent")
              : Cells.text(event, "reportingController");
    }
    String host = Cells.text(source, "host");
    if (host.isEmpty()) {
      host = Cells.text(event, "reportingInstance");
    }
    return host.isEmpty() ? component : component + ", " + host;
  }
}
