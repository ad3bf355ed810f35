// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.replicaset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DeletionOrderTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
  private static final String READY = "2026-11-20T09:00:00Z";

  static Stream<Arguments> orders() {
    return Stream.of(
        Arguments.of(
            "without a node before with",
            pod("a", "", "Pending", null, ""),
            pod("b", "n1", "Pending", null, "")),
        Arguments.of(
            "pending before unknown",
            pod("a", "n1", "Pending", null, ""),
            pod("b", "n1", "Unknown", null, "")),
        Arguments.of(
            "unknown before running",
            pod("a", "n1", "Unknown", null, ""),
            pod("b", "n1", "Running", null, "")),
        Arguments.of(
            "not ready before ready",
            pod("a", "n1", "Running", null, ""),
            pod("b", "n1", "Running", READY, "")),
        Arguments.of(
            "cheap before dear",
            pod(
                "a",
                "n1",
                "Running",
                READY,
                "annotations: {controller.kubernetes.io/pod-deletion-cost: '-5'}"),
            pod("b", "n1", "Running", READY, "")),
        Arguments.of(
            "doubled up before alone",
            pod("b", "n2", "Running", READY, ""),
            pod("a", "n1", "Running", READY, "")),
        Arguments.of(
            "ready for minutes before ready for hours",
            pod("b", "n1", "Running", "2026-11-20T09:58:00Z", ""),
            pod("a", "n1", "Running", "2026-11-20T01:00:00Z", "")),
        Arguments.of(
            "same magnitude of age: by uid",
            pod("a", "n1", "Running", "2026-11-20T09:00:00Z", ""),
            pod("b", "n1", "Running", "2026-11-20T09:00:01Z", "")),
        Arguments.of(
            "created minutes ago before hours ago",
            pod("b", "n1", "Running", null, "creationTimestamp: '2026-11-20T09:58:00Z'"),
            pod("a", "n1", "Running", null, "creationTimestamp: '2026-11-20T01:00:00Z'")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("orders")
  void firstGoesBeforeSecond(String rule, Pod first, Pod second) {
    // One more pod on n2 makes pods there doubled up.
    Pod other = pod("c", "n2", "Running", READY, "");
    List<Pod> related = List.of(first, second, other);

    assertThat(DeletionOrder.sort(List.of(second, first), related, NOW))
        .as(rule)
        .containsExactly(first, second);
    assertThat(DeletionOrder.sort(List.of(first, second), related, NOW))
        .as(rule)
        .containsExactly(first, second);
  }

  private static Pod pod(
      String name, String node, String phase, @Nullable String readySince, String metadata) {
    String condition =
        readySince == null
            ? ""
            : "{type: Ready, status: 'True', lastTransitionTime: '" + readySince + "'}";
    return KubeCodec.decode(
        Resource.PODS,
        KubeCodec.yamlDocuments(
                """
                metadata:
                  name: %s
                  uid: %s
                  %s
                spec: {nodeName: '%s'}
                status: {phase: %s, conditions: [%s]}
                """
                    .formatted(name, name, metadata, node, phase, condition))
            .getFirst());
  }
}
