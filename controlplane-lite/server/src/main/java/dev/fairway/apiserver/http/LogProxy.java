// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** GET pods/name/log: asks the pod's node and passes the bytes on as they come. */
final class LogProxy {
  private static final List<String> PARAMETERS =
      List.of(
          "follow",
          "tailLines",
          "sinceSeconds",
          "sinceTime",
          "timestamps",
          "previous",
          "limitBytes");

  private final ObjectRegistry registry;
  private final LogSource source;

  LogProxy(ObjectRegistry registry, LogSource source) {
    this.registry = registry;
    this.source = source;
  }

  void proxy(Call call) throws IOException, StatusException {
    ObjectNode pod = registry.read(call.resource(), call.namespace(), call.name()).tree();
    String container = container(call, pod);
    URI uri = nodeUri(call, pod, container);
    Thread self = Thread.currentThread();
    call.exchange().onAbort(self::interrupt);
    try (LogSource.Answer answer = source.get(uri)) {
      copy(call, answer);
    } catch (InterruptedException _) {
      throw new IOException("client went away");
    } catch (java.net.ConnectException | java.net.http.HttpTimeoutException e) {
      throw StatusException.internal(
          "Get \"" + uri + "\": dial tcp " + uri.getAuthority() + ": " + e.getMessage());
    }
  }

  private static void copy(Call call, LogSource.Answer answer) throws IOException, StatusException {
    if (answer.status() != 200) {
      String text = new String(answer.body().readNBytes(4 << 10), StandardCharsets.UTF_8).strip();
      throw new StatusException(
          answer.status(),
          answer.status() == 404
              ? "NotFound"
              : answer.status() == 400 ? "BadRequest" : "InternalError",
          text.isEmpty() ? "the node answered " + answer.status() : text,
          null);
    }
    List<Exchange.Header> headers =
        List.of(
            new Exchange.Header("Content-Type", "text/plain"),
            new Exchange.Header("Cache-Control", "no-cache, private"));
    byte[] buffer = new byte[16 << 10];
    try (OutputStream out = call.exchange().respond(200, headers, -1)) {
      out.flush();
      InputStream in = answer.body();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        out.flush();
      }
    }
  }

  private static String container(Call call, ObjectNode pod) throws StatusException {
    List<String> names = new ArrayList<>();
    for (String list : List.of("containers", "initContainers")) {
      pod.path("spec").path(list).forEach(c -> names.add(c.path("name").asString("")));
    }
    String asked = call.parameters().text("container");
    if (!asked.isEmpty()) {
      if (!names.contains(asked)) {
        throw StatusException.badRequest(
            "container " + asked + " is not valid for pod " + call.name());
      }
      return asked;
    }
    JsonNode containers = pod.path("spec").path("containers");
    if (containers.size() > 1) {
      List<String> choice = names.subList(0, containers.size());
      throw StatusException.badRequest(
          "a container name must be specified for pod "
              + call.name()
              + ", choose one of: ["
              + String.join(" ", choice)
              + "]");
    }
    return names.isEmpty() ? "" : names.getFirst();
  }

  private URI nodeUri(Call call, ObjectNode pod, String container) throws StatusException {
    String nodeName = pod.path("spec").path("nodeName").asString("");
    if (nodeName.isEmpty()) {
      throw StatusException.badRequest("pod " + call.name() + " does not have a host assigned");
    }
    ObjectNode node = registry.get("", "nodes", "", nodeName);
    if (node == null) {
      throw StatusException.internal("node " + nodeName + " of the pod is not registered");
    }
    String address = "";
    for (JsonNode entry : node.path("status").path("addresses")) {
      if (entry.path("type").asString("").equals("InternalIP") && address.isEmpty()) {
        address = entry.path("address").asString("");
      }
    }
    int port =
        node.path("status").path("daemonEndpoints").path("kubeletEndpoint").path("Port").asInt(0);
    if (address.isEmpty() || port <= 0) {
      throw StatusException.internal("node " + nodeName + " offers no logs");
    }
    StringBuilder uri = new StringBuilder("https://");
    uri.append(address.indexOf(':') >= 0 ? "[" + address + "]" : address).append(':').append(port);
    uri.append("/containerLogs/").append(call.namespace()).append('/').append(call.name());
    uri.append('/').append(container);
    char separator = '?';
    for (String parameter : PARAMETERS) {
      String value = call.parameters().text(parameter);
      if (!value.isEmpty()) {
        uri.append(separator).append(parameter).append('=');
        uri.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        separator = '&';
      }
    }
    return URI.create(uri.toString());
  }
}
