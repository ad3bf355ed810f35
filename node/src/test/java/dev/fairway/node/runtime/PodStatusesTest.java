// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.ContainerState;
import dev.fairway.kube.api.Pod.ContainerStatus;
import dev.fairway.kube.api.Pod.ReadinessGate;
import dev.fairway.kube.api.Pod.Running;
import dev.fairway.kube.api.Pod.Terminated;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Phases and conditions. Containers are written as letters: W waiting, B waiting after a crash, R
 * running and ready, N running and not ready, S ended with 0, F ended with 1.
 */
final class PodStatusesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing started                     | Always    | -  | WW | Pending",
        "one waits                           | Always    | -  | RW | Pending",
        "all run                             | Always    | -  | RR | Running",
        "not ready is running                | Always    | -  | RN | Running",
        "crashed and waiting, another runs   | Always    | -  | RB | Running",
        "all crashed and waiting             | Always    | -  | BB | Running",
        "ended with 0 comes back             | Always    | -  | S  | Running",
        "all ended with 0                    | OnFailure | -  | SS | Succeeded",
        "one failed and comes back           | OnFailure | -  | SF | Running",
        "all ended with 0, never again       | Never     | -  | SS | Succeeded",
        "one failed, never again             | Never     | -  | SF | Failed",
        "one failed, another still runs      | Never     | -  | RF | Running",
        "init runs                           | Always    | R  | W  | Pending",
        "init waits after a crash            | Always    | B  | W  | Pending",
        "init failed, never again            | Never     | F  | W  | Failed",
        "init failed, comes back             | OnFailure | F  | W  | Pending",
        "second init runs                    | Always    | SR | W  | Pending",
        "inits done                          | Always    | SS | R  | Running",
      })
  void phase(String name, String policy, String init, String main, String expected) {
    assertThat(PodStatuses.phase(policy, facts(init, main))).isEqualTo(expected);
  }

  @Test
  void readyWhenEveryContainerIs() {
    Pod.Status status = PodStatuses.compute(pod(List.of(), List.of()), facts("S", "RR"), NOW);
    assertThat(texts(status))
        .containsExactly(
            "PodReadyToStartContainers=True",
            "Initialized=True",
            "Ready=True",
            "ContainersReady=True",
            "PodScheduled=True");
  }

  @Test
  void notReadyNamesTheContainers() {
    Pod.Status status = PodStatuses.compute(pod(List.of(), List.of()), facts("-", "RN"), NOW);
    Condition ready = condition(status, "Ready");
    assertThat(ready.reason()).isEqualTo("ContainersNotReady");
    assertThat(ready.message()).isEqualTo("containers with unready status: [c1]");
  }

  @Test
  void uninitializedNamesTheContainers() {
    Pod.Status status = PodStatuses.compute(pod(List.of(), List.of()), facts("SR", "W"), NOW);
    assertThat(condition(status, "Initialized").message())
        .isEqualTo("containers with incomplete status: [c1]");
  }

  @Test
  void readinessGateHoldsBackUntilItsConditionIsTrue() {
    List<ReadinessGate> gates = List.of(new ReadinessGate("example.com/ok"));
    Pod.Status closed = PodStatuses.compute(pod(gates, List.of()), facts("-", "R"), NOW);
    assertThat(condition(closed, "Ready").reason()).isEqualTo("ReadinessGatesNotReady");
    assertThat(condition(closed, "ContainersReady").isTrue()).isTrue();
    List<Condition> open =
        List.of(new Condition("example.com/ok", "True", "", "", NOW, null, null, null));
    Pod.Status opened = PodStatuses.compute(pod(gates, open), facts("-", "R"), NOW);
    assertThat(condition(opened, "Ready").isTrue()).isTrue();
    assertThat(condition(opened, "example.com/ok").isTrue()).isTrue();
  }

  @Test
  void transitionTimeStaysWhileTheStatusDoes() {
    Instant before = NOW.minusSeconds(100);
    List<Condition> old =
        List.of(
            new Condition("Ready", "True", "", "", before, null, null, null),
            new Condition("Initialized", "False", "", "", before, null, null, null));
    Pod.Status status = PodStatuses.compute(pod(List.of(), old), facts("-", "R"), NOW);
    assertThat(condition(status, "Ready").lastTransitionTime()).isEqualTo(before);
    assertThat(condition(status, "Initialized").lastTransitionTime()).isEqualTo(NOW);
  }

  private static List<String> texts(Pod.Status status) {
    return status.conditions().stream().map(c -> c.type() + "=" + c.status()).toList();
  }

  private static Condition condition(Pod.Status status, String type) {
    return status.conditions().stream()
        .filter(c -> c.type().equals(type))
        .findFirst()
        .orElseThrow();
  }

  private static Pod pod(List<ReadinessGate> gates, List<Condition> conditions) {
    Pod.Spec spec =
        new Pod.Spec(
            List.of(),
            List.of(),
            "node-1",
            java.util.Map.of(),
            "Always",
            null,
            "",
            "",
            false,
            List.of(),
            List.of(),
            "",
            gates);
    Pod.Status status =
        new Pod.Status("", "", "", "", List.of(), "", null, conditions, List.of(), List.of());
    return new Pod(ObjectMeta.of("default", "web"), spec, status);
  }

  private static PodStatuses.Facts facts(String init, String main) {
    return new PodStatuses.Facts(
        "127.64.0.2", "127.0.0.1", NOW, containers(init, true), containers(main, false));
  }

  private static List<ContainerStatus> containers(String letters, boolean init) {
    List<ContainerStatus> all = new ArrayList<>();
    for (char letter : letters.replace("-", "").toCharArray()) {
      String name = "c" + all.size();
      all.add(
          switch (letter) {
            case 'W' -> status(name, false, ContainerSlot.waiting("ContainerCreating", null), null);
            case 'B' ->
                status(name, false, ContainerSlot.waiting("CrashLoopBackOff", null), ended(1));
            case 'R' -> status(name, !init, new ContainerState(null, new Running(NOW), null), null);
            case 'N' -> status(name, false, new ContainerState(null, new Running(NOW), null), null);
            case 'S' -> status(name, init, ended(0), null);
            default -> status(name, false, ended(1), null);
          });
    }
    return all;
  }

  private static ContainerState ended(int code) {
    return new ContainerState(
        null, null, new Terminated(code, null, "Error", null, NOW, NOW, "id"));
  }

  private static ContainerStatus status(
      String name, boolean ready, ContainerState state, @Nullable ContainerState last) {
    return new ContainerStatus(name, "image", "", "", ready, ready, 0, state, last);
  }
}
