// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Typed requests to the API server. Blocking and thread-safe; meant to be called from virtual
 * threads. Every call throws {@link KubeApiException} where the server refuses and {@link
 * IOException} where it cannot be reached or its answer cannot be read.
 */
public final class KubeClient {
  /** Largest answer to anything but a LIST or watch. */
  private static final int MAX_OBJECT_BYTES = 32 << 20;

  private static final String JSON = "application/json";

  private final ApiTransport transport;

  public KubeClient(ApiTransport transport) {
    this.transport = transport;
  }

  /** Reads one object. */
  public <T extends KubeObject> T get(Resource<T> resource, String namespace, String name)
      throws KubeApiException, IOException, InterruptedException {
    return send(resource, "GET", objectPath(resource, namespace, name, null), JSON, null);
  }

  /** Reads one object, or null if there is none. */
  public <T extends KubeObject> @Nullable T find(
      Resource<T> resource, String namespace, String name)
      throws KubeApiException, IOException, InterruptedException {
    try {
      return get(resource, namespace, name);
    } catch (KubeApiException e) {
      if (e.isNotFound()) {
        return null;
      }
      throw e;
    }
  }

  /**
   * All objects of a collection, page after page if the options have a limit. Objects that cannot
   * be decoded are logged and left out.
   *
   * @param namespace "" for all namespaces
   */
  public <T extends KubeObject> ObjectList<T> list(
      Resource<T> resource, String namespace, ListOptions options)
      throws KubeApiException, IOException, InterruptedException {
    List<T> all = new ArrayList<>();
    PageReader<T> collector =
        new PageReader<>() {
          @Override
          public void begin() {
            all.clear();
          }

          @Override
          public void add(List<T> items) {
            all.addAll(items);
          }
        };
    String version = list(resource, namespace, options, this::open, collector);
    return new ObjectList<>(version, List.copyOf(all));
  }

  /** Takes a list page by page. */
  interface PageReader<T> {
    /** The list begins; what was added before is void. */
    void begin();

    /** The objects of the next page. */
    void add(List<T> items);
  }

  /** {@link #list} over responses that {@code opener} makes; returns the list's version. */
  <T extends KubeObject> String list(
      Resource<T> resource,
      String namespace,
      ListOptions options,
      Opener opener,
      PageReader<T> reader)
      throws KubeApiException, IOException, InterruptedException {
    String token = "";
    int limit = options.limit();
    while (true) {
      ListPage<T> page;
      try (ApiResponse response =
          opener.open(listPath(resource, namespace, options, limit, token))) {
        page = ListPage.read(resource, response.body());
      } catch (KubeApiException e) {
        if (e.isGone() && !token.isEmpty()) {
          token = "";
          limit = 0;
          continue;
        }
        throw e;
      }
      if (token.isEmpty()) {
        reader.begin();
      }
      reader.add(page.items());
      token = page.continueToken();
      if (token.isEmpty()) {
        return page.resourceVersion();
      }
    }
  }

  /** Creates an object and returns what the server stored. */
  public <T extends KubeObject> T create(Resource<T> resource, String namespace, ObjectNode body)
      throws KubeApiException, IOException, InterruptedException {
    return send(resource, "POST", resource.path(namespace), JSON, body);
  }

  /**
   * Replaces an object and returns what the server stored; 409 if the body's resourceVersion is not
   * the newest.
   *
   * @param subresource such as "status", or null
   */
  public <T extends KubeObject> T update(
      Resource<T> resource,
      String namespace,
      String name,
      @Nullable String subresource,
      ObjectNode body)
      throws KubeApiException, IOException, InterruptedException {
    return send(resource, "PUT", objectPath(resource, namespace, name, subresource), JSON, body);
  }

  /** Patches an object and returns what the server stored. */
  public <T extends KubeObject> T patch(
      Resource<T> resource,
      String namespace,
      String name,
      @Nullable String subresource,
      PatchType type,
      JsonNode body)
      throws KubeApiException, IOException, InterruptedException {
    String path = objectPath(resource, namespace, name, subresource);
    return send(resource, "PATCH", path, type.mediaType(), body);
  }

  /** Deletes an object, or asks for it where it has finalizers or a grace period. */
  public void delete(Resource<?> resource, String namespace, String name, DeleteOptions options)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode body = KubeCodec.json().createObjectNode();
    body.put("apiVersion", "v1").put("kind", "DeleteOptions");
    if (options.uid() != null) {
      body.putObject("preconditions").put("uid", options.uid());
    }
    if (options.gracePeriodSeconds() != null) {
      body.put("gracePeriodSeconds", options.gracePeriodSeconds());
    }
    if (options.propagation() != null) {
      body.put("propagationPolicy", options.propagation());
    }
    exchange("DELETE", objectPath(resource, namespace, name, null), JSON, body);
  }

  /** Any request with a JSON object as the answer; an empty answer is an empty object. */
  public ObjectNode raw(String method, String pathAndQuery, @Nullable JsonNode body)
      throws KubeApiException, IOException, InterruptedException {
    byte[] answer = exchange(method, pathAndQuery, JSON, body);
    try {
      if (answer.length == 0) {
        return KubeCodec.json().createObjectNode();
      }
      if (KubeCodec.json().readTree(answer) instanceof ObjectNode object) {
        return object;
      }
      throw new IOException(method + " " + pathAndQuery + ": the answer is no JSON object");
    } catch (JacksonException e) {
      throw new IOException(method + " " + pathAndQuery + ": the answer is no JSON", e);
    }
  }

  /** Makes a GET and returns the response if it is 2xx. */
  @FunctionalInterface
  interface Opener {
    ApiResponse open(String pathAndQuery)
        throws KubeApiException, IOException, InterruptedException;
  }

  /** A GET whose body the caller reads and closes. */
  ApiResponse open(String pathAndQuery) throws KubeApiException, IOException, InterruptedException {
    ApiResponse response = transport.exchange(ApiRequest.get(pathAndQuery));
    if (response.status() / 100 == 2) {
      return response;
    }
    try (response) {
      throw KubeApiException.of(response.status(), readAll(response.body()));
    }
  }

  private <T extends KubeObject> T send(
      Resource<T> resource, String method, String path, String mediaType, @Nullable JsonNode body)
      throws KubeApiException, IOException, InterruptedException {
    byte[] answer = exchange(method, path, mediaType, body);
    try {
      return KubeCodec.decode(resource, answer);
    } catch (CodecException e) {
      throw new IOException(method + " " + path + ": " + e.getMessage(), e);
    }
  }

  private byte[] exchange(String method, String path, String mediaType, @Nullable JsonNode body)
      throws KubeApiException, IOException, InterruptedException {
    Map<String, String> headers =
        body == null ? Map.of("Accept", JSON) : Map.of("Accept", JSON, "Content-Type", mediaType);
    byte[] bytes = body == null ? null : KubeCodec.json().writeValueAsBytes(body);
    try (ApiResponse response = transport.exchange(new ApiRequest(method, path, headers, bytes))) {
      byte[] answer = readAll(response.body());
      if (response.status() / 100 != 2) {
        throw KubeApiException.of(response.status(), answer);
      }
      return answer;
    }
  }

  private static byte[] readAll(InputStream body) throws IOException {
    byte[] bytes = body.readNBytes(MAX_OBJECT_BYTES + 1);
    if (bytes.length > MAX_OBJECT_BYTES) {
      throw new IOException("the answer is larger than " + MAX_OBJECT_BYTES + " bytes");
    }
    return bytes;
  }

  private static String objectPath(
      Resource<?> resource, String namespace, String name, @Nullable String subresource) {
    String path = resource.path(namespace) + "/" + name;
    return subresource == null ? path : path + "/" + subresource;
  }

  private static String listPath(
      Resource<?> resource, String namespace, ListOptions options, int limit, String token) {
    Query query = new Query(resource.path(namespace)).selection(options);
    if (limit > 0) {
      query.add("limit", Integer.toString(limit));
    }
    return query.add("continue", token).toString();
  }

  /** Builds a path with a query; empty values are left out. */
  static final class Query {
    private final StringBuilder text;
    private char separator = '?';

    Query(String path) {
      text = new StringBuilder(path);
    }

    Query add(String name, String value) {
      if (!value.isEmpty()) {
        text.append(separator).append(name).append('=');
        text.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        separator = '&';
      }
      return this;
    }

    Query selection(ListOptions options) {
      return add("labelSelector", options.labelSelector())
          .add("fieldSelector", options.fieldSelector());
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
