// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.StoredObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes whole responses. */
final class Replies {
  private static final String JSON_TYPE = "application/json";

  private Replies() {}

  static void bytes(
      Exchange exchange, int status, String contentType, List<String> warnings, byte[] body)
      throws IOException {
    List<Exchange.Header> headers = new ArrayList<>();
    headers.add(new Exchange.Header("Content-Type", contentType));
    headers.add(new Exchange.Header("Cache-Control", "no-cache, private"));
    for (String warning : warnings) {
      String quoted = warning.replace("\\", "\\\\").replace("\"", "\\\"");
      headers.add(new Exchange.Header("Warning", "299 - \"" + quoted + "\""));
    }
    try (OutputStream out = exchange.respond(status, headers, body.length)) {
      if (!exchange.method().equals("HEAD")) {
        out.write(body);
      }
    }
  }

  static void text(Exchange exchange, int status, String text) throws IOException {
    bytes(
        exchange,
        status,
        "text/plain; charset=utf-8",
        List.of(),
        text.getBytes(StandardCharsets.UTF_8));
  }

  static void json(Exchange exchange, int status, JsonNode body) throws IOException {
    bytes(exchange, status, JSON_TYPE, List.of(), Json.bytes(body));
  }

  /** One object in the form that the client asked for. */
  static void object(
      Exchange exchange, int status, Encoder encoder, List<String> warnings, StoredObject object)
      throws IOException {
    bytes(
        exchange, status, encoder.representation().contentType(), warnings, encoder.single(object));
  }

  static void failure(Exchange exchange, StatusException e) throws IOException {
    List<Exchange.Header> headers = new ArrayList<>();
    byte[] body = Json.bytes(e.toStatus());
    headers.add(new Exchange.Header("Content-Type", JSON_TYPE));
    headers.add(new Exchange.Header("Cache-Control", "no-cache, private"));
    long retry = e.toStatus().path("details").path("retryAfterSeconds").asLong(0);
    if (retry > 0) {
      headers.add(new Exchange.Header("Retry-After", Long.toString(retry)));
    }
    try (OutputStream out = exchange.respond(e.code(), headers, body.length)) {
      if (!exchange.method().equals("HEAD")) {
        out.write(body);
      }
    }
  }

  /** The Status of success, as deletions and bindings answer. */
  static ObjectNode success(ResourceDescriptor resource, String name, String uid) {
    ObjectNode status = Json.object();
    status.put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Success");
    ObjectNode details = status.putObject("details");
    details.put("name", name);
    if (!resource.group().isEmpty()) {
      details.put("group", resource.group());
    }
    details.put("kind", resource.plural());
    if (!uid.isEmpty()) {
      details.put("uid", uid);
    }
    return status;
  }
}
