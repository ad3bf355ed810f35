// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The manifests in deploy/: what they ask for is what the proxy needs and understands. */
final class DeployTest {
  private static final Path DEPLOY = Path.of("..", "deploy");

  @Test
  void theProxyMayReadWhatItFollowsAndWriteEventsOnly() throws Exception {
    ObjectNode role = document("kustomize/base/rbac.yaml", "ClusterRole");
    Set<String> rights = new TreeSet<>();
    for (JsonNode rule : role.path("rules")) {
      for (JsonNode resource : rule.path("resources")) {
        for (JsonNode verb : rule.path("verbs")) {
          rights.add(resource.asString("") + " " + verb.asString(""));
        }
      }
    }
    assertThat(rights)
        .containsExactly(
            "endpointslices list",
            "endpointslices watch",
            "events create",
            "events patch",
            "events update",
            "nodes get",
            "nodes list",
            "nodes watch",
            "servicecidrs list",
            "servicecidrs watch",
            "services list",
            "services watch");
  }

  @Test
  void theCommandLinesAreUnderstood() throws Exception {
    JsonNode pod =
        document("kustomize/base/daemonset.yaml", "DaemonSet")
            .path("spec")
            .path("template")
            .path("spec");
    int containers = 0;
    for (String list : List.of("initContainers", "containers")) {
      for (JsonNode container : pod.path(list)) {
        List<String> arguments = new ArrayList<>();
        container.path("args").forEach(argument -> arguments.add(argument.asString("")));
        assertThat(arguments.removeFirst()).isEqualTo("node");
        CommandFlags flags = CommandFlags.parse(arguments);
        assertThat(flags.configFile()).isEqualTo(Path.of("/var/lib/kube-proxy/config.conf"));
        assertThat(flags.isInitOnly()).isEqualTo(list.equals("initContainers"));
        containers++;
      }
    }
    assertThat(containers).isEqualTo(2);
  }

  @Test
  void noPortIsNamedSoThatTheNextPodStartsBesideTheLast() throws Exception {
    JsonNode spec = document("kustomize/base/daemonset.yaml", "DaemonSet").path("spec");
    assertThat(spec.path("updateStrategy").path("rollingUpdate").path("maxSurge").intValue())
        .isEqualTo(1);
    assertThat(spec.path("template").path("spec").path("hostNetwork").booleanValue()).isTrue();
    for (JsonNode container : spec.path("template").path("spec").path("containers")) {
      assertThat(container.has("ports")).isFalse();
    }
  }

  @Test
  void theChartUsesOnlyValuesThatItDocuments() throws Exception {
    Path chart = DEPLOY.resolve("helm/fairway-proxy");
    ObjectNode values =
        KubeCodec.yamlDocuments(Files.readString(chart.resolve("values.yaml"))).getFirst();
    Pattern use = Pattern.compile("\\.Values\\.([A-Za-z.]+)");
    int uses = 0;
    for (String template : List.of("rbac.yaml", "configmap.yaml", "daemonset.yaml")) {
      Matcher matcher = use.matcher(Files.readString(chart.resolve("templates").resolve(template)));
      while (matcher.find()) {
        assertThat(values.at("/" + matcher.group(1).replace('.', '/')).isMissingNode())
            .as("%s in %s", matcher.group(), template)
            .isFalse();
        uses++;
      }
    }
    assertThat(uses).isGreaterThan(10);
    for (String field : values.path("config").path("kubeProxy").propertyNames()) {
      assertThat(ConfigField.values()).extracting(f -> f.path).contains(field);
    }
  }

  private static ObjectNode document(String file, String kind) throws IOException {
    for (ObjectNode document : KubeCodec.yamlDocuments(Files.readString(DEPLOY.resolve(file)))) {
      if (document.path("kind").asString("").equals(kind)) {
        return document;
      }
    }
    throw new AssertionError("no " + kind + " in " + file);
  }
}
