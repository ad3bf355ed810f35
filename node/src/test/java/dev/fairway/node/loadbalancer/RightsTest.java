// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.codec.KubeCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What deploy/ lets a node do for load balancers, beside what a proxy may. */
class RightsTest {
  @Test
  void aNodeMayWriteLeasesInKubeSystemAndTheStatusOfServices() throws Exception {
    Path file = Path.of("../deploy/kustomize/load-balancer/rbac.yaml");
    Set<String> rights = new TreeSet<>();
    for (JsonNode document : KubeCodec.yamlDocuments(Files.readString(file))) {
      for (JsonNode rule : document.path("rules")) {
        for (JsonNode verb : rule.path("verbs")) {
          rights.add(
              document.path("kind").asString("")
                  + " "
                  + rule.path("resources").path(0).asString("")
                  + " "
                  + verb.asString(""));
        }
      }
    }

    assertThat(rights)
        .containsExactly(
            "ClusterRole services/status patch",
            "Role leases create",
            "Role leases delete",
            "Role leases list",
            "Role leases update");
  }
}
