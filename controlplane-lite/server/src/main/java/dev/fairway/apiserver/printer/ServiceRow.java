// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rows of services, endpoint slices and endpoints. */
final class ServiceRow {
  private static final int MAX_SHOWN = 3;

  private ServiceRow() {}

  static void cells(ObjectNode service, Instant now, ArrayNode row) {
    JsonNode spec = service.path("spec");
    row.add(Cells.name(service));
    row.add(Cells.text(spec, "type"));
    row.add(Cells.orElse(spec.path("clusterIPs").path(0).asString(""), Cells.NONE));
    row.add(externalIps(service));
    row.add(ports(spec));
    row.add(Cells.age(service, now));
    row.add(Cells.labels(spec.path("selector")));
  }

  private static String externalIps(ObjectNode service) {
    JsonNode spec = service.path("spec");
    List<String> given = new ArrayList<>();
    spec.path("externalIPs").forEach(ip -> given.add(ip.asString("")));
    return switch (Cells.text(spec, "type")) {
      case "ClusterIP", "NodePort" -> given.isEmpty() ? Cells.NONE : String.join(",", given);
      case "LoadBalancer" -> {
        TreeSet<String> assigned = new TreeSet<>();
        for (JsonNode point : service.path("status").path("loadBalancer").path("ingress")) {
          String ip = Cells.text(point, "ip");
          String shown = ip.isEmpty() ? Cells.text(point, "hostname") : ip;
          if (!shown.isEmpty()) {
            assigned.add(shown);
          }
        }
        if (!given.isEmpty()) {
          List<String> all = new ArrayList<>();
          if (!assigned.isEmpty()) {
            all.add(String.join(",", assigned));
          }
          all.addAll(given);
          yield String.join(",", all);
        }
        yield assigned.isEmpty() ? "<pending>" : String.join(",", assigned);
      }
      case "ExternalName" -> Cells.text(spec, "externalName");
      default -> Cells.UNKNOWN;
    };
  }

  private static String ports(JsonNode spec) {
    List<String> out = new ArrayList<>();
    for (JsonNode port : spec.path("ports")) {
      long nodePort = port.path("nodePort").asLong(0);
      out.add(
          port.path("port").asLong(0)
              + (nodePort > 0 ? ":" + nodePort : "")
              + "/"
              + Cells.text(port, "protocol"));
    }
    return out.isEmpty() ? Cells.NONE : String.join(",", out);
  }

  static void sliceCells(ObjectNode slice, Instant now, ArrayNode row) {
    row.add(Cells.name(slice));
    row.add(Cells.text(slice, "addressType"));
    row.add(slicePorts(slice.path("ports")));
    row.add(endpoints(slice.path("endpoints")));
    row.add(Cells.age(slice, now));
  }

  private static String slicePorts(JsonNode ports) {
    if (ports.isEmpty()) {
      return Cells.UNSET;
    }
    List<String> shown = new ArrayList<>();
    for (JsonNode port : ports) {
      shown.add(port.has("port") ? port.path("port").asString("") : Cells.text(port, "name"));
    }
    return limited(shown);
  }

  private static String endpoints(JsonNode endpoints) {
    List<String> addresses = new ArrayList<>();
    for (JsonNode endpoint : endpoints) {
      for (JsonNode address : endpoint.path("addresses")) {
        addresses.add(address.asString(""));
      }
    }
    return addresses.isEmpty() ? Cells.UNSET : limited(addresses);
  }

  private static String limited(List<String> values) {
    if (values.size() <= MAX_SHOWN) {
      return String.join(",", values);
    }
    return String.join(",", values.subList(0, MAX_SHOWN))
        + " + "
        + (values.size() - MAX_SHOWN)
        + " more...";
  }

  /** At most three addresses, as kubectl has always shown them. */
  static void endpointsCells(ObjectNode endpoints, Instant now, ArrayNode row) {
    List<String> shown = new ArrayList<>();
    int count = 0;
    for (JsonNode subset : endpoints.path("subsets")) {
      JsonNode ports = subset.path("ports");
      for (int i = 0; i < Math.max(1, ports.size()); i++) {
        for (JsonNode address : subset.path("addresses")) {
          String ip = Cells.text(address, "ip");
          String host = ip.indexOf(':') >= 0 && !ports.isEmpty() ? "[" + ip + "]" : ip;
          if (count++ < MAX_SHOWN) {
            shown.add(ports.isEmpty() ? host : host + ":" + ports.path(i).path("port").asInt());
          }
        }
      }
    }
    String text = String.join(",", shown);
    if (count > MAX_SHOWN) {
      text += " + " + (count - MAX_SHOWN) + " more...";
    }
    row.add(Cells.name(endpoints));
    row.add(endpoints.path("subsets").isEmpty() ? Cells.NONE : text);
    row.add(Cells.age(endpoints, now));
  }
}
