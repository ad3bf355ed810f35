// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import java.time.Instant;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rows of deployments and replica sets. */
final class WorkloadRow {
  private WorkloadRow() {}

  static void deploymentCells(ObjectNode deployment, Instant now, ArrayNode row) {
    JsonNode spec = deployment.path("spec");
    JsonNode status = deployment.path("status");
    row.add(Cells.name(deployment));
    row.add(status.path("readyReplicas").asLong(0) + "/" + spec.path("replicas").asLong(0));
    row.add(status.path("updatedReplicas").asLong(0));
    row.add(status.path("availableReplicas").asLong(0));
    row.add(Cells.age(deployment, now));
    containers(spec, row);
  }

  static void replicaSetCells(ObjectNode replicaSet, Instant now, ArrayNode row) {
    JsonNode spec = replicaSet.path("spec");
    JsonNode status = replicaSet.path("status");
    row.add(Cells.name(replicaSet));
    row.add(spec.path("replicas").asLong(0));
    row.add(status.path("replicas").asLong(0));
    row.add(status.path("readyReplicas").asLong(0));
    row.add(Cells.age(replicaSet, now));
    containers(spec, row);
  }

  private static void containers(JsonNode spec, ArrayNode row) {
    StringJoiner names = new StringJoiner(",");
    StringJoiner images = new StringJoiner(",");
    for (JsonNode container : spec.path("template").path("spec").path("containers")) {
      names.add(Cells.text(container, "name"));
      images.add(Cells.text(container, "image"));
    }
    row.add(names.toString());
    row.add(images.toString());
    row.add(Cells.selector(spec.path("selector")));
  }
}
