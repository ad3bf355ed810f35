// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.kinds.Kinds;
import dev.fairway.apiserver.patch.Patches;
import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.schema.KindSchemas;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.ObjectStore;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The whole server without sockets: requests in JSON with single quotes, answers as trees. */
final class TestApi implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-21T06:00:00Z");

  final ObjectStore store;
  final LocalTransport transport;
  private final ApiHandler handler;
  private final ObjectRegistry registry;

  TestApi(Path file) throws Exception {
    store = ObjectStore.open(file);
    List<ResourceDescriptor> resources = Kinds.all();
    registry = new ObjectRegistry(store, resources);
    Random random = new Random(1);
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    ObjectWriter writer =
        new ObjectWriter(
            registry,
            Kinds.admissions(List.of("127.96.0.0/12"), 30_000, 32_767),
            clock,
            () -> new UUID(random.nextLong(), random.nextLong()),
            random);
    ApiParts parts =
        new ApiParts(
            registry,
            writer,
            new Patches(),
            new KindSchemas(resources),
            new ApiParts.Environment(clock, System::nanoTime, random),
            "127.0.0.1:6443",
            8,
            uri -> {
              throw new IOException("no nodes here: " + uri);
            });
    handler = new ApiHandler(parts, 100, () -> true);
    transport = as("admin", "system:masters");
    post("/api/v1/namespaces", "{'metadata':{'name':'default'}}");
  }

  LocalTransport as(String user, String... groups) {
    return new LocalTransport(handler, new User(user, List.of(groups)));
  }

  /** An answer. */
  record Reply(int status, JsonNode body, @Nullable String warning) {
    String message() {
      return body.path("message").asString("");
    }

    String version() {
      return body.path("metadata").path("resourceVersion").asString("");
    }
  }

  Reply get(String path) {
    return send(transport, "GET", path, Map.of(), "");
  }

  Reply post(String path, String body) {
    return send(transport, "POST", path, Map.of(), body);
  }

  Reply put(String path, String body) {
    return send(transport, "PUT", path, Map.of(), body);
  }

  Reply delete(String path, String body) {
    return send(transport, "DELETE", path, Map.of(), body);
  }

  Reply patch(String type, String path, String body) {
    return send(transport, "PATCH", path, Map.of("Content-Type", type), body);
  }

  static Reply send(
      LocalTransport transport,
      String method,
      String path,
      Map<String, String> headers,
      String body) {
    Map<String, String> all = new HashMap<>(headers);
    all.putIfAbsent("Content-Type", "application/json");
    byte[] bytes = body.isEmpty() ? null : body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return send(transport, new ApiRequest(method, path, all, bytes));
  }

  static Reply send(LocalTransport transport, ApiRequest request) {
    try (ApiResponse response = transport.exchange(request)) {
      byte[] answer = response.body().readAllBytes();
      return new Reply(response.status(), Json.parse(answer), response.header("Warning"));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A watch that is read line by line. */
  final class Lines implements AutoCloseable {
    private final ApiResponse response;
    private final BufferedReader reader;

    Lines(String path, String accept) throws Exception {
      response = transport.exchange(new ApiRequest("GET", path, Map.of("Accept", accept), null));
      reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    int status() {
      return response.status();
    }

    /** The next event, missing at the end. */
    JsonNode next() throws IOException {
      String line = reader.readLine();
      return line == null
          ? tools.jackson.databind.node.MissingNode.getInstance()
          : Json.parse(line.getBytes(StandardCharsets.UTF_8));
    }

    /** The next event as "TYPE name". */
    String brief() throws IOException {
      JsonNode event = next();
      String name = event.path("object").path("metadata").path("name").asString("");
      return event.path("type").asString("end") + (name.isEmpty() ? "" : " " + name);
    }

    @Override
    public void close() {
      response.close();
    }
  }

  Lines watch(String path) throws Exception {
    return new Lines(path, "application/json");
  }

  @Override
  public void close() {
    registry.close();
    transport.close();
    store.close();
  }
}
