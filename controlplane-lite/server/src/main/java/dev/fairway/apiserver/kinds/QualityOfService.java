// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The quality of service class of a pod, from the resources that its containers ask for. */
final class QualityOfService {
  private QualityOfService() {}

  static String of(JsonNode spec) {
    boolean any = false;
    boolean guaranteed = true;
    for (String list : List.of("containers", "initContainers")) {
      for (ObjectNode container : Tree.objects(spec, list)) {
        JsonNode requests = container.path("resources").path("requests");
        JsonNode limits = container.path("resources").path("limits");
        for (String resource : List.of("cpu", "memory")) {
          JsonNode limit = limits.path(resource);
          JsonNode request = requests.path(resource);
          any |= !limit.isMissingNode() || !request.isMissingNode();
          guaranteed &= !limit.isMissingNode() && limit.equals(request);
        }
      }
    }
    if (!any) {
      return "BestEffort";
    }
    return guaranteed ? "Guaranteed" : "Burstable";
  }
}
