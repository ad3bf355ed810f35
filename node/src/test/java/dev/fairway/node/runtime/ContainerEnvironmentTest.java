// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.codec.KubeCodec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ContainerEnvironmentTest {
  private static final ContainerEnvironment.Place PLACE =
      new ContainerEnvironment.Place(
          "127.64.0.9", "node-1", "127.0.0.1", Map.of("cpu", "2", "memory", "1Gi"));

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "plain value        | {name: V, value: x}                                   | x",
        "no value is empty  | {name: V}                                             | ''",
        "reference          | {name: V, value: 'http://$(POD_IP):$(PORT)'}          | http://127.64.0.9:80",
        "escaped reference  | {name: V, value: '$$(PORT)'}                          | $(PORT)",
        "later is unknown   | {name: V, value: '$(LATER)'}                          | $(LATER)",
        "pod name           | {name: V, valueFrom: {fieldRef: {fieldPath: metadata.name}}} | web",
        "label              | {name: V, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a/b']\"}}} | c",
        "missing label      | {name: V, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['x']\"}}} | ''",
        "pod address        | {name: V, valueFrom: {fieldRef: {fieldPath: status.podIP}}} | 127.64.0.9",
        "node address       | {name: V, valueFrom: {fieldRef: {fieldPath: status.hostIP}}} | 127.0.0.1",
        "service account    | {name: V, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}} | default",
        "limit rounded up   | {name: V, valueFrom: {resourceFieldRef: {resource: limits.cpu}}} | 1",
        "limit of the node  | {name: V, valueFrom: {resourceFieldRef: {resource: limits.memory}}} | 1073741824",
        "ConfigMap key      | {name: V, valueFrom: {configMapKeyRef: {name: cm, key: k}}} | v",
        "Secret key         | {name: V, valueFrom: {secretKeyRef: {name: s, key: k}}} | hush",
      })
  void value(String name, String variable, String expected) throws Exception {
    String yaml = "{name: PORT, value: '80'}, " + variable + ", {name: LATER, value: y}";
    assertThat(resolve("env: [" + yaml + "]")).containsEntry("V", expected);
  }

  @Test
  void optionalSourcesThatAreMissingAreLeftOut() throws Exception {
    assertThat(
            resolve(
                "env: [{name: V, valueFrom: {configMapKeyRef: {name: no, key: k, optional: true}}},"
                    + " {name: W, valueFrom: {secretKeyRef: {name: s, key: no, optional: true}}}]"))
        .doesNotContainKeys("V", "W");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "no ConfigMap | env: [{name: V, valueFrom: {configMapKeyRef: {name: no, key: k}}}]"
            + " | configmap \"no\" not found",
        "no key       | env: [{name: V, valueFrom: {secretKeyRef: {name: s, key: no}}}]"
            + " | couldn't find key no in Secret default/s",
        "no envFrom   | envFrom: [{secretRef: {name: no}}] | secret \"no\" not found",
        "no field     | env: [{name: V, valueFrom: {fieldRef: {fieldPath: spec.nope}}}]"
            + " | unsupported fieldPath: spec.nope",
      })
  void missingSourcesAreConfigErrors(String name, String part, String message) {
    assertThatThrownBy(() -> resolve(part))
        .isInstanceOf(ContainerConfigException.class)
        .hasMessage(message)
        .satisfies(e ->
            assertThat(((ContainerConfigException) e).reason())
                .isEqualTo("CreateContainerConfigError"));
  }

  @Test
  void envWinsOverEnvFromAndMarksWinOverAll() throws Exception {
    Map<String, String> all =
        resolve(
            "envFrom: [{prefix: P_, configMapRef: {name: cm}}, {configMapRef: {name: cm}}],"
                + " env: [{name: k, value: own}, {name: MARK, value: own}]");
    assertThat(all)
        .containsEntry("P_k", "v")
        .containsEntry("k", "own")
        .containsEntry("MARK", "ours");
  }

  @Test
  void theMachinesOtherVariablesStayWithUs() throws Exception {
    assertThat(resolve("env: []")).containsEntry("PATH", "/bin").doesNotContainKey("SECRET");
  }

  @Test
  void servicesHaveTheVariablesOfTheKubelet() {
    assertThat(
            ServiceLinks.variables(
                List.of(
                    new ServiceLinks.Link(
                        "my-db",
                        "127.96.0.7",
                        List.of(
                            new ServiceLinks.Port("sql", "TCP", 5432),
                            new ServiceLinks.Port("stats", "UDP", 9))))))
        .containsEntry("MY_DB_SERVICE_HOST", "127.96.0.7")
        .containsEntry("MY_DB_SERVICE_PORT", "5432")
        .containsEntry("MY_DB_SERVICE_PORT_STATS", "9")
        .containsEntry("MY_DB_PORT", "tcp://127.96.0.7:5432")
        .containsEntry("MY_DB_PORT_9_UDP_PROTO", "udp")
        .hasSize(13);
  }

  private static Map<String, String> resolve(String part) throws Exception {
    String yaml =
        "{metadata: {name: web, namespace: default, labels: {a/b: c}}, spec: {containers: ["
            + "{name: c, image: i, resources: {limits: {cpu: 500m}}, "
            + part
            + "}]}}";
    Pod pod = KubeCodec.decode(Resource.PODS, KubeCodec.yamlDocuments(yaml).getFirst());
    return new ContainerEnvironment(pod, pod.spec().containers().getFirst(), PLACE, new Objects())
        .resolve(Map.of("PATH", "/bin", "SECRET", "x"), Map.of(), Map.of("MARK", "ours"));
  }

  private static final class Objects implements ObjectLookup {
    @Override
    public @Nullable ConfigMap configMap(String namespace, String name) {
      return name.equals("cm")
          ? new ConfigMap(ObjectMeta.of(namespace, name), Map.of("k", "v"), Map.of())
          : null;
    }

    @Override
    public @Nullable Secret secret(String namespace, String name) {
      String value = Base64.getEncoder().encodeToString("hush".getBytes(StandardCharsets.UTF_8));
      return name.equals("s")
          ? new Secret(ObjectMeta.of(namespace, name), "Opaque", Map.of("k", value))
          : null;
    }
  }
}
