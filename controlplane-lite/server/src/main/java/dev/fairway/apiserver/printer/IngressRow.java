// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rows of ingresses and ingress classes. */
final class IngressRow {
  private static final int MAX_HOSTS = 3;

  private IngressRow() {}

  static void cells(ObjectNode ingress, Instant now, ArrayNode row) {
    JsonNode spec = ingress.path("spec");
    row.add(Cells.name(ingress));
    row.add(spec.has("ingressClassName") ? Cells.text(spec, "ingressClassName") : Cells.NONE);
    row.add(hosts(spec.path("rules")));
    row.add(addresses(ingress));
    row.add(spec.path("tls").isEmpty() ? "80" : "80, 443");
    row.add(Cells.age(ingress, now));
  }

  private static String hosts(JsonNode rules) {
    List<String> hosts = new ArrayList<>();
    boolean more = false;
    for (JsonNode rule : rules) {
      if (hosts.size() == MAX_HOSTS) {
        more = true;
      }
      String host = Cells.text(rule, "host");
      if (!more && !host.isEmpty()) {
        hosts.add(host);
      }
    }
    if (hosts.isEmpty()) {
      return "*";
    }
    String shown = String.join(",", hosts);
    return more ? shown + " + " + (rules.size() - MAX_HOSTS) + " more..." : shown;
  }

  private static String addresses(ObjectNode ingress) {
    List<String> out = new ArrayList<>();
    for (JsonNode point : ingress.path("status").path("loadBalancer").path("ingress")) {
      String ip = Cells.text(point, "ip");
      String shown = ip.isEmpty() ? Cells.text(point, "hostname") : ip;
      if (!shown.isEmpty()) {
        out.add(shown);
      }
    }
    return String.join(",", out);
  }

  static void classCells(ObjectNode ingressClass, Instant now, ArrayNode row) {
    JsonNode spec = ingressClass.path("spec");
    row.add(Cells.name(ingressClass));
    row.add(Cells.text(spec, "controller"));
    JsonNode parameters = spec.path("parameters");
    String shown = Cells.NONE;
    if (parameters.isObject()) {
      String group = Cells.text(parameters, "apiGroup");
      shown =
          Cells.text(parameters, "kind")
              + (group.isEmpty() ? "" : "." + group)
              + "/"
              + Cells.text(parameters, "name");
    }
    row.add(shown);
    row.add(Cells.age(ingressClass, now));
  }
}
