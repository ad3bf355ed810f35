// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.codec.KubeCodec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code status.json} says about a running cluster.
 *
 * @param pid the main process
 * @param apiServer the URL of the API server
 */
public record ClusterStatus(
    boolean ready,
    long pid,
    String apiServer,
    Endpoint dns,
    Endpoint http,
    Endpoint https,
    List<NodeStatus> nodes) {
  public ClusterStatus {
    nodes = List.copyOf(nodes);
  }

  /** An address and a port. */
  public record Endpoint(String address, int port) {
    /** As it stands in a URL. */
    public String authority() {
      return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }
  }

  /** One node and the process that it lives in. */
  public record NodeStatus(String name, String address, long pid, boolean ready) {}

  /** The same status with another state of one node. */
  ClusterStatus withNode(NodeStatus changed) {
    List<NodeStatus> all = new ArrayList<>();
    for (NodeStatus node : nodes) {
      all.add(node.name().equals(changed.name()) ? changed : node);
    }
    return new ClusterStatus(ready, pid, apiServer, dns, http, https, all);
  }

  /** One line of JSON. */
  String toJson() {
    ObjectNode json = KubeCodec.json().createObjectNode();
    json.put("ready", ready).put("pid", pid).put("apiServer", apiServer);
    json.set("dns", json(dns));
    ObjectNode ingress = json.putObject("ingress");
    ingress.set("http", json(http));
    ingress.set("https", json(https));
    ArrayNode list = json.putArray("nodes");
    for (NodeStatus node : nodes) {
      list.addObject()
          .put("name", node.name())
          .put("address", node.address())
          .put("pid", node.pid())
          .put("ready", node.ready());
    }
    return json + "\n";
  }

  private static ObjectNode json(Endpoint endpoint) {
    return KubeCodec.json()
        .createObjectNode()
        .put("address", endpoint.address())
        .put("port", endpoint.port());
  }

  /** Reads what {@link #toJson} wrote; null where it is something else. */
  static @Nullable ClusterStatus parse(String text) {
    try {
      JsonNode json = KubeCodec.json().readTree(text);
      List<NodeStatus> nodes = new ArrayList<>();
      for (JsonNode node : json.path("nodes")) {
        nodes.add(
            new NodeStatus(
                node.path("name").asString(""),
                node.path("address").asString(""),
                node.path("pid").asLong(0),
                node.path("ready").asBoolean(false)));
      }
      return new ClusterStatus(
          json.path("ready").asBoolean(false),
          json.path("pid").asLong(0),
          json.path("apiServer").asString(""),
          endpoint(json.path("dns")),
          endpoint(json.path("ingress").path("http")),
          endpoint(json.path("ingress").path("https")),
          nodes);
    } catch (JacksonException _) {
      return null;
    }
  }

  private static Endpoint endpoint(JsonNode json) {
    return new Endpoint(json.path("address").asString(""), json.path("port").asInt(0));
  }
}
