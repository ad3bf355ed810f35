// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.config.DnsConfig;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The manifests of the DNS in deploy/: they fit each other, and what the program takes. */
class DnsDeployTest {
  private static final Path DEPLOY = Path.of("..", "deploy", "kustomize");

  @Test
  void theDnsMayReadWhatItFollowsAndNothingElse() throws Exception {
    Set<String> rights = new TreeSet<>();
    for (JsonNode rule : document("dns/rbac.yaml", "ClusterRole").path("rules")) {
      for (JsonNode resource : rule.path("resources")) {
        rule.path("verbs")
            .forEach(verb -> rights.add(resource.asString("") + " " + verb.asString("")));
      }
    }
    assertThat(rights)
        .containsExactly(
            "endpointslices list",
            "endpointslices watch",
            "namespaces list",
            "namespaces watch",
            "services list",
            "services watch");
  }

  @Test
  void theCorefileIsUnderstood_andProbesAskWhereItSays(@TempDir Path folder) throws Exception {
    String corefile =
        document("dns-standalone/configmap.yaml", "ConfigMap")
            .path("data")
            .path("Corefile")
            .asString("");
    DnsConfig config = DnsConfig.load(Files.writeString(folder.resolve("Corefile"), corefile));
    assertThat(config.warnings()).isEmpty();
    JsonNode container = container();
    assertThat(port(container, "livenessProbe", "/health"))
        .isEqualTo(Objects.requireNonNull(config.process().health()).getPort());
    assertThat(port(container, "readinessProbe", "/ready"))
        .isEqualTo(Objects.requireNonNull(config.process().ready()).getPort());
    assertThat(config.listen()).extracting(InetSocketAddress::getPort).containsOnly(53);
    assertThat(config.process().lameduck())
        .isPositive()
        .isLessThan(java.time.Duration.ofSeconds(30));
  }

  @Test
  void theServiceFindsThePods_andCoreDnsAConfigMapIsMounted() throws Exception {
    JsonNode template = document("dns/deployment.yaml", "Deployment").at("/spec/template");
    document("dns-standalone/service.yaml", "Service")
        .at("/spec/selector")
        .properties()
        .forEach(label ->
            assertThat(template.at("/metadata/labels").path(label.getKey()))
                .isEqualTo(label.getValue()));
    assertThat(template.at("/spec/volumes/0/configMap/name").asString("")).isEqualTo("coredns");
    JsonNode container = container();
    assertThat(container.at("/args/0").asString("")).isEqualTo("dns");
    assertThat(container.at("/args/1").asString(""))
        .isEqualTo(
            "--config=" + container.at("/volumeMounts/0/mountPath").asString("") + "/Corefile");
    assertThat(container.at("/securityContext/capabilities/add").size()).isEqualTo(1);
  }

  private static JsonNode container() throws IOException {
    return document("dns/deployment.yaml", "Deployment").at("/spec/template/spec/containers/0");
  }

  private static int port(JsonNode container, String probe, String path) {
    JsonNode get = container.path(probe).path("httpGet");
    assertThat(get.path("path").asString("")).isEqualTo(path);
    return get.path("port").intValue();
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
