// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.SchemaCatalog;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the server offers: groups, versions, resources, OpenAPI documents, its own version. */
final class DiscoveryHandler {
  private static final String AGGREGATED =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  private final Map<String, List<ResourceDescriptor>> byRoot = new LinkedHashMap<>();
  private final SchemaCatalog schemas;
  private final String address;

  /** The type in an answer; clients also ask for it with an '@', which is not a media type. */
  private static final String OPENAPI_V2_PROTOBUF =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  /** {@code swagger: "2.0", info: {title: "Fairway", version: "v1"}, paths: {}}. */
  private static final byte[] EMPTY_V2_PROTOBUF =
      "\n\u00032.0\u0012\r\n\u0007Fairway\u0012\u0002v1B\0".getBytes(StandardCharsets.US_ASCII);

  DiscoveryHandler(List<ResourceDescriptor> resources, SchemaCatalog schemas, String address) {
    for (ResourceDescriptor resource : resources) {
      byRoot.computeIfAbsent(resource.urlRoot(), root -> new ArrayList<>()).add(resource);
    }
    this.schemas = schemas;
    this.address = address;
  }

  /** Answers if the path is one of discovery. */
  boolean handle(Exchange exchange, String path) throws IOException, StatusException {
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    switch (trimmed) {
      case "" -> Replies.json(exchange, 200, paths());
      case "/api" -> apiVersions(exchange);
      case "/apis" -> groups(exchange);
      case "/openapi/v3" -> Replies.json(exchange, 200, openApiRoot());
      case "/openapi/v2" -> openApiV2(exchange);
      default -> {
        return handleGroup(exchange, trimmed.substring(1));
      }
    }
    return true;
  }

  private boolean handleGroup(Exchange exchange, String path) throws IOException, StatusException {
    if (path.startsWith("openapi/v3/")) {
      openApi(exchange, schemas.openApiV3(path.substring("openapi/v3/".length())));
      return true;
    }
    List<ResourceDescriptor> resources = byRoot.get(path);
    if (resources != null) {
      requireJson(exchange);
      Replies.json(exchange, 200, resourceList(resources));
      return true;
    }
    if (path.startsWith("apis/") && path.indexOf('/', "apis/".length()) < 0) {
      String group = path.substring("apis/".length());
      for (List<ResourceDescriptor> served : byRoot.values()) {
        if (served.getFirst().group().equals(group)) {
          Replies.json(
              exchange, 200, group(served).put("kind", "APIGroup").put("apiVersion", "v1"));
          return true;
        }
      }
    }
    return false;
  }

  /** GET /version. */
  static ObjectNode version() {
    return Json.object()
        .put("major", "1")
        .put("minor", "33")
        .put("gitVersion", "v1.33.0+fairway")
        .put("gitCommit", "unknown")
        .put("gitTreeState", "clean")
        .put("buildDate", "2026-11-01T00:00:00Z")
        .put("goVersion", "none")
        .put("compiler", "javac")
        .put("platform", "linux/" + arch());
  }

  private static String arch() {
    String arch = System.getProperty("os.arch", "");
    return switch (arch) {
      case "aarch64" -> "arm64";
      default -> arch;
    };
  }

  private ObjectNode paths() {
    TreeSet<String> paths =
        new TreeSet<>(
            List.of("/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"));
    for (Map.Entry<String, List<ResourceDescriptor>> entry : byRoot.entrySet()) {
      paths.add("/" + entry.getKey());
      String group = entry.getValue().getFirst().group();
      if (!group.isEmpty()) {
        paths.add("/apis/" + group);
      }
    }
    ObjectNode node = Json.object();
    ArrayNode array = node.putArray("paths");
    paths.forEach(array::add);
    return node;
  }

  private static void requireJson(Exchange exchange) throws StatusException {
    Representation.negotiate(exchange.header("Accept")); // throws if JSON will not do
  }

  private void apiVersions(Exchange exchange) throws IOException, StatusException {
    if (wantsAggregated(exchange)) {
      aggregated(exchange, true);
      return;
    }
    requireJson(exchange);
    ObjectNode versions = Json.object().put("kind", "APIVersions");
    versions.putArray("versions").add("v1");
    versions
        .putArray("serverAddressByClientCIDRs")
        .addObject()
        .put("clientCIDR", "0.0.0.0/0")
        .put("serverAddress", address);
    Replies.json(exchange, 200, versions);
  }

  private void groups(Exchange exchange) throws IOException, StatusException {
    if (wantsAggregated(exchange)) {
      aggregated(exchange, false);
      return;
    }
    requireJson(exchange);
    ObjectNode list = Json.object().put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = list.putArray("groups");
    for (List<ResourceDescriptor> served : byRoot.values()) {
      if (!served.getFirst().group().isEmpty()) {
        groups.add(group(served));
      }
    }
    Replies.json(exchange, 200, list);
  }

  private static ObjectNode group(List<ResourceDescriptor> served) {
    ResourceDescriptor first = served.getFirst();
    ObjectNode group = Json.object().put("name", first.group());
    group
        .putArray("versions")
        .addObject()
        .put("groupVersion", first.apiVersion())
        .put("version", first.version());
    group
        .putObject("preferredVersion")
        .put("groupVersion", first.apiVersion())
        .put("version", first.version());
    return group;
  }

  /** A subresource as discovery shows it. */
  private record Sub(String group, String version, String kind, List<String> verbs) {}

  private static @Nullable Sub sub(ResourceDescriptor resource, String name) {
    List<String> change = List.of("get", "patch", "update");
    return switch (name) {
      case "status" -> new Sub(resource.group(), resource.version(), resource.kind(), change);
      case "scale" -> new Sub("autoscaling", "v1", "Scale", change);
      case "log" -> new Sub("", "v1", "Pod", List.of("get"));
      case "binding" -> new Sub("", "v1", "Binding", List.of("create"));
      case "eviction" -> new Sub("policy", "v1", "Eviction", List.of("create"));
      case "finalize" -> new Sub("", "v1", "Namespace", List.of("update"));
      default -> null;
    };
  }

  private static ObjectNode resourceList(List<ResourceDescriptor> resources) {
    ObjectNode list = Json.object().put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", resources.getFirst().apiVersion());
    ArrayNode array = list.putArray("resources");
    for (ResourceDescriptor resource : resources) {
      ObjectNode entry = array.addObject().put("name", resource.plural());
      entry.put("singularName", resource.singular());
      entry.put("namespaced", resource.namespaced()).put("kind", resource.kind());
      addAll(entry, "verbs", resource.verbs());
      if (!resource.shortNames().isEmpty()) {
        addAll(entry, "shortNames", resource.shortNames());
      }
      if (!resource.categories().isEmpty()) {
        addAll(entry, "categories", resource.categories());
      }
      for (String name : new TreeSet<>(resource.subresources())) {
        Sub sub = sub(resource, name);
        if (sub != null) {
          ObjectNode subEntry = array.addObject().put("name", resource.plural() + "/" + name);
          subEntry.put("singularName", "").put("namespaced", resource.namespaced());
          if (!sub.group().equals(resource.group())) {
            subEntry.put("group", sub.group()).put("version", sub.version());
          }
          addAll(subEntry.put("kind", sub.kind()), "verbs", sub.verbs());
        }
      }
    }
    return list;
  }

  private static void addAll(ObjectNode entry, String field, List<String> values) {
    ArrayNode array = entry.putArray(field);
    values.forEach(array::add);
  }

  private static boolean wantsAggregated(Exchange exchange) {
    String accept = exchange.header("Accept");
    for (MediaType type : MediaType.parseList(accept == null ? "" : accept)) {
      if (type.parameter("as").equals("APIGroupDiscoveryList")) {
        if (type.parameter("v").equals("v2")) {
          return true;
        }
      } else if (type.acceptsJson()) {
        return false;
      }
    }
    return false;
  }

  private void aggregated(Exchange exchange, boolean core) throws IOException {
    ObjectNode list = Json.object().put("kind", "APIGroupDiscoveryList");
    list.put("apiVersion", "apidiscovery.k8s.io/v2").putObject("metadata");
    ArrayNode items = list.putArray("items");
    for (List<ResourceDescriptor> served : byRoot.values()) {
      ResourceDescriptor first = served.getFirst();
      if (first.group().isEmpty() != core) {
        continue;
      }
      ObjectNode item = items.addObject();
      item.putObject("metadata").put("name", first.group()).putNull("creationTimestamp");
      ObjectNode version = item.putArray("versions").addObject();
      version.put("version", first.version()).put("freshness", "Current");
      ArrayNode resources = version.putArray("resources");
      served.forEach(resource -> aggregatedResource(resource, resources.addObject()));
    }
    byte[] body = Json.bytes(list);
    Replies.bytes(exchange, 200, AGGREGATED, List.of(), body);
  }

  private static void aggregatedResource(ResourceDescriptor resource, ObjectNode entry) {
    entry.put("resource", resource.plural());
    responseKind(entry, resource.group(), resource.version(), resource.kind());
    entry.put("scope", resource.namespaced() ? "Namespaced" : "Cluster");
    entry.put("singularResource", resource.singular());
    addAll(entry, "verbs", resource.verbs());
    if (!resource.shortNames().isEmpty()) {
      addAll(entry, "shortNames", resource.shortNames());
    }
    if (!resource.categories().isEmpty()) {
      addAll(entry, "categories", resource.categories());
    }
    if (resource.subresources().isEmpty()) {
      return;
    }
    ArrayNode subresources = entry.putArray("subresources");
    for (String name : new TreeSet<>(resource.subresources())) {
      Sub sub = sub(resource, name);
      if (sub != null) {
        ObjectNode subEntry = subresources.addObject().put("subresource", name);
        responseKind(subEntry, sub.group(), sub.version(), sub.kind());
        addAll(subEntry, "verbs", sub.verbs());
      }
    }
  }

  private static void responseKind(ObjectNode entry, String group, String version, String kind) {
    entry.putObject("responseKind").put("group", group).put("version", version).put("kind", kind);
  }

  private ObjectNode openApiRoot() {
    ObjectNode root = Json.object();
    ObjectNode paths = root.putObject("paths");
    for (String path : byRoot.keySet()) {
      byte[] document = schemas.openApiV3(path);
      if (document != null) {
        CRC32 crc = new CRC32();
        crc.update(document);
        String hash = Long.toHexString(crc.getValue()).toUpperCase(java.util.Locale.ROOT);
        paths.putObject(path).put("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash);
      }
    }
    return root;
  }

  /**
   * An OpenAPI v2 document that describes nothing. kubectl reads the schemas of v3; it asks for v2
   * only when a kind is unknown, and an answer lets it say so ("no matches for kind") instead of
   * failing over the schema.
   */
  private static void openApiV2(Exchange exchange) throws IOException {
    String accept = exchange.header("Accept");
    if (accept != null && accept.replace('@', '.').contains(OPENAPI_V2_PROTOBUF)) {
      Replies.bytes(exchange, 200, OPENAPI_V2_PROTOBUF, List.of(), EMPTY_V2_PROTOBUF.clone());
    } else {
      Replies.json(exchange, 200, emptyV2());
    }
  }

  private static ObjectNode emptyV2() {
    ObjectNode document = Json.object().put("swagger", "2.0");
    document.putObject("info").put("title", "Fairway").put("version", "v1");
    document.putObject("paths");
    return document;
  }

  private static void openApi(Exchange exchange, byte @Nullable [] document)
      throws IOException, StatusException {
    if (document == null) {
      throw ApiHandler.noSuchPath();
    }
    String accept = exchange.header("Accept");
    boolean json = accept == null || accept.isBlank();
    for (MediaType type : MediaType.parseList(accept == null ? "" : accept)) {
      json |= type.acceptsJson();
    }
    if (!json) {
      byte[] text = "406 Not Acceptable\n".getBytes(StandardCharsets.US_ASCII);
      Replies.bytes(exchange, 406, "text/plain; charset=utf-8", List.of(), text);
      return;
    }
    Replies.bytes(exchange, 200, "application/json", List.of(), document);
  }
}
