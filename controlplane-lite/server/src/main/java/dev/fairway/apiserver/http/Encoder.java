// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.registry.TablePrinter;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.StoredObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects of one resource in the form that one request asked for. JSON comes from the bytes that
 * every {@link StoredObject} keeps; tables and partial metadata are made per request.
 *
 * @param includeObject what table rows carry: Metadata, Object or None
 */
record Encoder(
    ResourceDescriptor resource,
    Representation representation,
    String includeObject,
    InstantSource clock) {

  static Encoder of(
      ResourceDescriptor resource,
      Exchange exchange,
      QueryParameters parameters,
      InstantSource clock)
      throws StatusException {
    String include = parameters.text("includeObject");
    if (!List.of("", "Metadata", "Object", "None").contains(include)) {
      throw StatusException.badRequest(
          "invalid includeObject value \"" + include + "\" (expected: Metadata, Object or None)");
    }
    return new Encoder(
        resource,
        Representation.negotiate(exchange.header("Accept")),
        include.isEmpty() ? "Metadata" : include,
        clock);
  }

  /** One object as JSON text. */
  byte[] single(StoredObject object) {
    return switch (representation) {
      case JSON -> object.json();
      case TABLE -> Json.bytes(table(List.of(object), Json.meta(object.tree(), "resourceVersion")));
      case PARTIAL -> Json.bytes(partial(object, "PartialObjectMetadata"));
    };
  }

  /** What a list says about itself. */
  record ListMeta(String resourceVersion, String continueToken, long remaining) {
    ObjectNode tree() {
      ObjectNode meta = Json.object().put("resourceVersion", resourceVersion);
      if (!continueToken.isEmpty()) {
        meta.put("continue", continueToken);
        if (remaining > 0) {
          meta.put("remainingItemCount", remaining);
        }
      }
      return meta;
    }
  }

  /** Sends a list. */
  void sendList(Exchange exchange, ListMeta meta, List<StoredObject> items) throws IOException {
    switch (representation) {
      case TABLE -> {
        ObjectNode table = table(items, meta.resourceVersion());
        table.set("metadata", meta.tree());
        Replies.bytes(exchange, 200, representation.contentType(), List.of(), Json.bytes(table));
      }
      case PARTIAL -> {
        ObjectNode list = listHead("meta.k8s.io/v1", "PartialObjectMetadataList", meta);
        ArrayNode array = list.putArray("items");
        items.forEach(item -> array.add(partial(item, "PartialObjectMetadata")));
        Replies.bytes(exchange, 200, representation.contentType(), List.of(), Json.bytes(list));
      }
      case JSON -> sendJsonList(exchange, meta, items);
    }
  }

  private static ObjectNode listHead(String apiVersion, String kind, ListMeta meta) {
    ObjectNode list = Json.object().put("kind", kind).put("apiVersion", apiVersion);
    list.set("metadata", meta.tree());
    return list;
  }

  private void sendJsonList(Exchange exchange, ListMeta meta, List<StoredObject> items)
      throws IOException {
    byte[] head = Json.bytes(listHead(resource.apiVersion(), resource.listKind(), meta));
    byte[] open = ",\"items\":[".getBytes(StandardCharsets.US_ASCII);
    byte[] end = "]}".getBytes(StandardCharsets.US_ASCII);
    long length = head.length - 1 + open.length + end.length + Math.max(0, items.size() - 1);
    for (StoredObject item : items) {
      length += item.json().length;
    }
    List<Exchange.Header> headers =
        List.of(
            new Exchange.Header("Content-Type", representation.contentType()),
            new Exchange.Header("Cache-Control", "no-cache, private"));
    try (OutputStream out = exchange.respond(200, headers, length)) {
      if (exchange.method().equals("HEAD")) {
        return;
      }
      Chunks chunks = new Chunks(out);
      chunks.write(head, 0, head.length - 1);
      chunks.write(open, 0, open.length);
      boolean first = true;
      for (StoredObject item : items) {
        if (!first) {
          chunks.write(',');
        }
        first = false;
        byte[] json = item.json();
        chunks.write(json, 0, json.length);
        chunks.drain(false);
      }
      chunks.write(end, 0, end.length);
      chunks.drain(true);
    }
  }

  /** Joins small writes. */
  private static final class Chunks extends ByteArrayOutputStream {
    private static final int SIZE = 64 << 10;
    private final OutputStream target;

    Chunks(OutputStream target) {
      super(SIZE);
      this.target = target;
    }

    void drain(boolean all) throws IOException {
      if (all || count >= SIZE) {
        target.write(buf, 0, count);
        reset();
      }
    }
  }

  /** One line of a watch. */
  byte[] event(String type, StoredObject object) {
    return line(type, single(object));
  }

  /** A bookmark; the annotated one tells that all initial events were sent. */
  byte[] bookmark(long revision, boolean initialEventsEnd) {
    ObjectNode tree = Json.object();
    if (representation == Representation.TABLE) {
      tree = table(List.of(), Long.toString(revision));
    } else {
      boolean partial = representation == Representation.PARTIAL;
      tree.put("kind", partial ? "PartialObjectMetadata" : resource.kind());
      tree.put("apiVersion", partial ? "meta.k8s.io/v1" : resource.apiVersion());
    }
    ObjectNode metadata = Json.metadata(tree);
    metadata.put("resourceVersion", Long.toString(revision));
    if (initialEventsEnd) {
      metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
    }
    return line("BOOKMARK", Json.bytes(tree));
  }

  static byte[] error(StatusException e) {
    return line("ERROR", Json.bytes(e.toStatus()));
  }

  private static byte[] line(String type, byte[] object) {
    byte[] head = ("{\"type\":\"" + type + "\",\"object\":").getBytes(StandardCharsets.US_ASCII);
    byte[] line = new byte[head.length + object.length + 2];
    System.arraycopy(head, 0, line, 0, head.length);
    System.arraycopy(object, 0, line, head.length, object.length);
    line[line.length - 2] = '}';
    line[line.length - 1] = '\n';
    return line;
  }

  private ObjectNode table(List<StoredObject> items, String resourceVersion) {
    ObjectNode table = Json.object().put("kind", "Table").put("apiVersion", "meta.k8s.io/v1");
    table.putObject("metadata").put("resourceVersion", resourceVersion);
    ArrayNode columns = table.putArray("columnDefinitions");
    TablePrinter printer = resource.strategy().table();
    for (TablePrinter.Column column : printer.columns()) {
      columns
          .addObject()
          .put("name", column.name())
          .put("type", column.type())
          .put("format", column.format())
          .put("description", column.description())
          .put("priority", column.priority());
    }
    ArrayNode rows = table.putArray("rows");
    Instant now = clock.instant();
    for (StoredObject item : items) {
      ObjectNode row = rows.addObject();
      printer.cells(item.tree(), now, row.putArray("cells"));
      switch (includeObject) {
        case "Object" -> row.set("object", item.tree());
        case "Metadata" -> row.set("object", partial(item, "PartialObjectMetadata"));
        default -> {
          // None: cells only
        }
      }
    }
    return table;
  }

  private static ObjectNode partial(StoredObject object, String kind) {
    ObjectNode partial = Json.object().put("kind", kind).put("apiVersion", "meta.k8s.io/v1");
    JsonNode metadata = object.tree().path("metadata");
    partial.set("metadata", metadata);
    return partial;
  }
}
