// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The manifests of the gateway fit the command and ask for no more than it needs. */
class IngressDeployTest {
  private static final Path DEPLOY = Path.of("../deploy/kustomize");

  @Test
  void theGatewayWritesNothingButStatusEventsAndItsLease() throws Exception {
    Set<String> writes = new TreeSet<>();
    for (ObjectNode role : documents("ingress/rbac.yaml")) {
      for (JsonNode rule : role.path("rules")) {
        for (JsonNode resource : rule.path("resources")) {
          for (JsonNode verb : rule.path("verbs")) {
            if (!Set.of("get", "list", "watch").contains(verb.asString(""))) {
              writes.add(resource.asString("") + " " + verb.asString(""));
            }
          }
        }
      }
    }
    assertThat(writes)
        .allMatch(
            right -> right.matches("[a-z]+/status patch|events create|leases (create|update)"))
        .contains("ingresses/status patch", "gateways/status patch", "leases update");
  }

  @Test
  void theGatewayReadsSecretsAndChangesNone() throws Exception {
    Set<String> rights = new TreeSet<>();
    for (ObjectNode role : documents("ingress/rbac.yaml")) {
      for (JsonNode rule : role.path("rules")) {
        for (JsonNode resource : rule.path("resources")) {
          if (Set.of("secrets", "*").contains(resource.asString(""))) {
            rule.path("verbs").forEach(verb -> rights.add(verb.asString("")));
          }
        }
      }
    }
    assertThat(rights).containsExactly("list", "watch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ingress", "ingress-nginx", "ingress-webhook"})
  void theCommandTakesItsArguments(String overlay) throws Exception {
    List<String> arguments = new ArrayList<>();
    container().path("args").forEach(argument -> arguments.add(argument.asString("")));
    for (JsonNode patch : documents(overlay + "/kustomization.yaml").getFirst().path("patches")) {
      for (JsonNode step : KubeCodec.json().readTree(asJson(patch.path("patch").asString("")))) {
        if (step.path("path").asString("").endsWith("/args/-")) {
          arguments.add(step.path("value").asString(""));
        }
      }
    }
    assertThat(arguments).first().isEqualTo("ingress");
    new CommandLine(new FairwayCommand()).parseArgs(arguments.toArray(String[]::new));
  }

  @Test
  void probesAskTheHealthPortAndNothingIsPrivileged() throws Exception {
    JsonNode container = container();
    assertThat(container.at("/livenessProbe/httpGet/port").intValue()).isEqualTo(10254);
    assertThat(container.at("/readinessProbe/httpGet/path").asString("")).isEqualTo("/readyz");
    assertThat(container.at("/securityContext/capabilities/add").isMissingNode()).isTrue();
    assertThat(container.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
  }

  @Test
  void theWebhookStopsNobodyWhileItIsDown() throws Exception {
    JsonNode webhook = documents("ingress-webhook/webhook.yaml").get(1).at("/webhooks/0");
    assertThat(webhook.path("failurePolicy").asString("")).isEqualTo("Ignore");
    assertThat(webhook.path("sideEffects").asString("")).isEqualTo("None");
    assertThat(webhook.at("/clientConfig/service/name").asString(""))
        .isEqualTo(
            documents("ingress-webhook/webhook.yaml").getFirst().at("/metadata/name").asString(""));
  }

  /** The steps of a patch, which are a YAML list. */
  private static String asJson(String patch) {
    StringBuilder yaml = new StringBuilder("steps:\n");
    patch.lines().forEach(line -> yaml.append("  ").append(line).append('\n'));
    return KubeCodec.yamlDocuments(yaml.toString()).getFirst().path("steps").toString();
  }

  private static JsonNode container() throws IOException {
    return documents("ingress/deployment.yaml").getFirst().at("/spec/template/spec/containers/0");
  }

  private static List<ObjectNode> documents(String file) throws IOException {
    return KubeCodec.yamlDocuments(Files.readString(DEPLOY.resolve(file)));
  }
}
