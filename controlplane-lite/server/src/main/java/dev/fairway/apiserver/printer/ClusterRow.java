// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rows of nodes, namespaces, leases and configuration. */
final class ClusterRow {
  private static final String ROLE_PREFIX = "node-role.kubernetes.io/";

  private ClusterRow() {}

  static void nodeCells(ObjectNode node, Instant now, ArrayNode row) {
    JsonNode info = node.path("status").path("nodeInfo");
    row.add(Cells.name(node));
    row.add(nodeStatus(node));
    row.add(roles(node));
    row.add(Cells.age(node, now));
    row.add(Cells.text(info, "kubeletVersion"));
    row.add(address(node, "InternalIP"));
    row.add(address(node, "ExternalIP"));
    row.add(Cells.orElse(Cells.text(info, "osImage"), Cells.UNKNOWN));
    row.add(kernel(info));
    row.add(Cells.orElse(Cells.text(info, "containerRuntimeVersion"), Cells.UNKNOWN));
  }

  private static String kernel(JsonNode info) {
    String version = Cells.text(info, "kernelVersion");
    String architecture = Cells.text(info, "architecture");
    if (version.isEmpty()) {
      return Cells.UNKNOWN;
    }
    return architecture.isEmpty() ? version : version + " (" + architecture + ")";
  }

  private static String nodeStatus(ObjectNode node) {
    List<String> status = new ArrayList<>();
    for (JsonNode condition : node.path("status").path("conditions")) {
      if (Cells.text(condition, "type").equals("Ready")) {
        status.add(Cells.text(condition, "status").equals("True") ? "Ready" : "NotReady");
      }
    }
    if (status.isEmpty()) {
      status.add("Unknown");
    }
    if (node.path("spec").path("unschedulable").asBoolean(false)) {
      status.add("SchedulingDisabled");
    }
    return String.join(",", status);
  }

  private static String roles(ObjectNode node) {
    TreeSet<String> roles = new TreeSet<>();
    node.path("metadata")
        .path("labels")
        .properties()
        .forEach(label -> {
          String key = label.getKey();
          String value = label.getValue().asString("");
          if (key.startsWith(ROLE_PREFIX) && key.length() > ROLE_PREFIX.length()) {
            roles.add(key.substring(ROLE_PREFIX.length()));
          } else if (key.equals("kubernetes.io/role") && !value.isEmpty()) {
            roles.add(value);
          }
        });
    return roles.isEmpty() ? Cells.NONE : String.join(",", roles);
  }

  private static String address(ObjectNode node, String type) {
    for (JsonNode address : node.path("status").path("addresses")) {
      if (Cells.text(address, "type").equals(type)) {
        return Cells.text(address, "address");
      }
    }
    return Cells.NONE;
  }

  static void namespaceCells(ObjectNode namespace, Instant now, ArrayNode row) {
    row.add(Cells.name(namespace));
    row.add(Cells.text(namespace.path("status"), "phase"));
    row.add(Cells.age(namespace, now));
  }

  static void leaseCells(ObjectNode lease, Instant now, ArrayNode row) {
    row.add(Cells.name(lease));
    row.add(Cells.text(lease.path("spec"), "holderIdentity"));
    row.add(Cells.age(lease, now));
  }

  static void configMapCells(ObjectNode map, Instant now, ArrayNode row) {
    row.add(Cells.name(map));
    row.add(map.path("data").size() + map.path("binaryData").size());
    row.add(Cells.age(map, now));
  }

  static void secretCells(ObjectNode secret, Instant now, ArrayNode row) {
    row.add(Cells.name(secret));
    row.add(Cells.text(secret, "type"));
    row.add(secret.path("data").size());
    row.add(Cells.age(secret, now));
  }

  static void nameAndAgeCells(ObjectNode o, Instant now, ArrayNode row) {
    row.add(Cells.name(o));
    row.add(Cells.age(o, now));
  }
}
