// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.testing.Skip;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The manifests in deploy/ as kubectl and helm render them, where these programs are there. */
final class RenderedManifestsIT {
  private static final String DEPLOY = Path.of("..", "deploy").toString();
  private static final Set<String> BASE = Set.of("NET_ADMIN", "NET_BIND_SERVICE");

  @ParameterizedTest(name = "kustomize/{0}: also {1}")
  @CsvSource({
    "base, ''",
    "ebpf, BPF PERFMON SYS_ADMIN SYS_RESOURCE",
    "load-balancer, NET_RAW",
  })
  void kustomize(String overlay, String capabilities) throws Exception {
    check(render("kubectl", "kustomize", DEPLOY + "/kustomize/" + overlay), capabilities);
  }

  @ParameterizedTest(name = "helm with {0}: also {1}")
  @CsvSource({
    "config.existingConfigMap=kube-proxy, ''",
    "ebpf.enabled=true, BPF PERFMON SYS_ADMIN SYS_RESOURCE",
    "loadBalancer.addressPool={192.0.2.240/28}, NET_RAW",
  })
  void helm(String value, String capabilities) throws Exception {
    check(
        render(
            "helm",
            "template",
            "fairway-proxy",
            DEPLOY + "/helm/fairway-proxy",
            "--namespace=kube-system",
            "--kube-version=1.36.0",
            "--set",
            value),
        capabilities);
  }

  private static List<ObjectNode> render(String... command) throws Exception {
    Commands.Result result = Commands.ofMachine().run(List.of(command), "");
    Skip.unless(!result.isAbsent(), "no program " + command[0]);
    assertThat(result.code()).as(result.output()).isZero();
    return KubeCodec.yamlDocuments(result.output());
  }

  private static void check(List<ObjectNode> objects, String capabilities) throws Exception {
    Set<String> accounts = new TreeSet<>();
    int daemons = 0;
    for (ObjectNode object : objects) {
      String kind = object.path("kind").asString("");
      if (kind.equals("ServiceAccount")) {
        accounts.add(object.at("/metadata/name").asString(""));
      }
      if (!kind.startsWith("ClusterRole")) {
        assertThat(object.at("/metadata/namespace").asString("")).as(kind).isEqualTo("kube-system");
      }
      if (kind.equals("DaemonSet")) {
        daemons++;
        daemon(object.at("/spec/template/spec"), capabilities);
      }
    }
    assertThat(daemons).isEqualTo(1);
    assertThat(accounts).containsExactly("fairway-proxy");
  }

  private static void daemon(JsonNode pod, String capabilities) throws Exception {
    assertThat(pod.path("hostNetwork").booleanValue()).isTrue();
    Set<String> volumes = new TreeSet<>();
    pod.path("volumes").forEach(volume -> volumes.add(volume.path("name").asString("")));
    for (String list : List.of("initContainers", "containers")) {
      for (JsonNode container : pod.path(list)) {
        assertThat(container.path("image").asString("")).contains("/fairway:");
        List<String> arguments = new ArrayList<>();
        container.path("args").forEach(argument -> arguments.add(argument.asString("")));
        assertThat(arguments.removeFirst()).isEqualTo("node");
        CommandFlags flags = CommandFlags.parse(arguments);
        assertThat(flags.isInitOnly()).isEqualTo(list.equals("initContainers"));
        assertThat(flags.addressPool() != null).isEqualTo(capabilities.equals("NET_RAW"));
        container
            .path("volumeMounts")
            .forEach(mount -> assertThat(volumes).contains(mount.path("name").asString("")));
      }
    }
    JsonNode security = pod.at("/containers/0/securityContext");
    assertThat(security.path("privileged").booleanValue(false)).isFalse();
    assertThat(security.at("/capabilities/drop/0").asString("")).isEqualTo("ALL");
    Set<String> expected = new TreeSet<>(BASE);
    if (!capabilities.isEmpty()) {
      expected.addAll(List.of(capabilities.split(" ")));
    }
    Set<String> added = new TreeSet<>();
    security.at("/capabilities/add").forEach(name -> added.add(name.asString("")));
    assertThat(added).isEqualTo(expected);
  }
}
