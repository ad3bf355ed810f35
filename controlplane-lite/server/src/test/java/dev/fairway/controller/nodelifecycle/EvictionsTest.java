// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.nodelifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvictionsTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:01:00Z");

  @ParameterizedTest(name = "taint {0}, tolerations {1} -> {2} s")
  @CsvSource(
      delimiter = '|',
      value = {
        // the taint is a minute old
        "node.kubernetes.io/unreachable | -                                            | 0",
        "node.kubernetes.io/not-ready   | -                                            | 240",
        "example.org/maintenance        | -                                            | 0",
        "node.kubernetes.io/unreachable | {operator: Exists}                           |",
        "node.kubernetes.io/unreachable | {key: node.kubernetes.io/unreachable, operator: Exists, tolerationSeconds: 90} | 30",
        "node.kubernetes.io/unreachable | {key: node.kubernetes.io/unreachable, operator: Exists, tolerationSeconds: 30} | 0",
        "node.kubernetes.io/unreachable | {key: other, operator: Exists}               | 0",
        "node.kubernetes.io/unreachable | {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoSchedule} | 0",
        // what admission adds to every pod is not the pod's own wish
        "node.kubernetes.io/unreachable | {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 300} | 0",
      })
  void podsLeaveWhenTheirPatienceEnds(String taint, String toleration, Long seconds) {
    Node node =
        node(
            "spec: {taints: [{key: "
                + taint
                + ", effect: NoExecute, timeAdded: '2026-11-20T10:00:00Z'}]}");
    Pod pod =
        KubeCodec.decode(
            Resource.PODS,
            KubeCodec.yamlDocuments(
                    "{metadata: {name: p}, spec: {tolerations: ["
                        + (toleration.equals("-") ? "" : toleration)
                        + "]}}")
                .getFirst());

    assertThat(Evictions.remaining(pod, node, NOW))
        .isEqualTo(seconds == null ? null : Duration.ofSeconds(seconds));
  }

  @Test
  void silentNodeIsUnknownWithKubernetesReason() {
    Node node =
        node(
            "status: {conditions: [{type: Ready, status: 'True', reason: KubeletReady},"
                + " {type: Own, status: 'True'}]}");

    assertThat(NodeHealth.silent(node, NOW))
        .extracting(Condition::type, Condition::status, Condition::reason, Condition::message)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
            org.assertj.core.groups.Tuple.tuple("Own", "True", "", ""));
  }

  @Test
  void nodeThatNeverReportedSaysSo() {
    assertThat(NodeHealth.silent(node("spec: {}"), NOW))
        .extracting(Condition::reason)
        .containsExactly("NodeStatusNeverUpdated");
  }

  @ParameterizedTest(name = "Ready {0}, unschedulable {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "True    | false | own:NoSchedule",
        "True    | true  | own:NoSchedule unschedulable:NoSchedule",
        "False   | false | own:NoSchedule not-ready:NoSchedule not-ready:NoExecute",
        "Unknown | false | own:NoSchedule unreachable:NoSchedule unreachable:NoExecute",
      })
  void taintsFollowTheReadyConditionAndKeepThoseOfOthers(
      String ready, boolean unschedulable, String expected) {
    Node node =
        node(
            "spec: {unschedulable: "
                + unschedulable
                + ", taints: [{key: own, effect: NoSchedule},"
                + " {key: node.kubernetes.io/unreachable, effect: NoExecute},"
                + " {key: node.kubernetes.io/not-ready, effect: NoSchedule}]}\n"
                + "status: {conditions: [{type: Ready, status: '"
                + ready
                + "'}]}");

    assertThat(NodeHealth.taints(node, NOW))
        .extracting(t -> t.key().replace("node.kubernetes.io/", "") + ":" + t.effect())
        .containsExactlyInAnyOrder(expected.split(" "));
  }

  private static Node node(String yaml) {
    return KubeCodec.decode(
        Resource.NODES, KubeCodec.yamlDocuments("metadata: {name: n}\n" + yaml).getFirst());
  }
}
