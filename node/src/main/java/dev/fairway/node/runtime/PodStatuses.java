// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.ContainerState;
import dev.fairway.kube.api.Pod.ContainerStatus;
import dev.fairway.kube.api.Pod.ReadinessGate;
import dev.fairway.kube.api.Pod.Terminated;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Phase and conditions of a pod out of the states of its containers: the kubelet's rules, pure. */
final class PodStatuses {
  private PodStatuses() {}

  /** What the worker knows. */
  record Facts(
      String podIp,
      String hostIp,
      @Nullable Instant startTime,
      List<ContainerStatus> init,
      List<ContainerStatus> main) {}

  /** The status to publish; a condition keeps its transition time while its status stays. */
  static Pod.Status compute(Pod pod, Facts facts, Instant now) {
    String phase = phase(pod.spec().restartPolicy(), facts);
    return new Pod.Status(
        phase,
        pod.status().reason(),
        pod.status().message(),
        facts.podIp(),
        facts.podIp().isEmpty() ? List.of() : List.of(new Pod.PodIp(facts.podIp())),
        facts.hostIp(),
        facts.startTime(),
        conditions(pod, facts, phase, now),
        facts.main(),
        facts.init());
  }

  static String phase(String restartPolicy, Facts facts) {
    for (ContainerStatus status : facts.init()) {
      Terminated end = end(status);
      if (end == null) {
        return "Pending";
      }
      if (end.exitCode() != 0) {
        return restartPolicy.equals("Never") ? "Failed" : "Pending";
      }
    }
    int running = 0;
    int stopped = 0;
    int succeeded = 0;
    for (ContainerStatus status : facts.main()) {
      ContainerState state = status.state();
      if (state != null && state.running() != null) {
        running++;
      } else if (end(status) != null) {
        stopped++;
        Terminated now = state == null ? null : state.terminated();
        succeeded += now != null && now.exitCode() == 0 ? 1 : 0;
      } else {
        return "Pending";
      }
    }
    if (running > 0 || stopped == 0) {
      return running > 0 ? "Running" : "Pending";
    }
    if (restartPolicy.equals("Always") || restartPolicy.isEmpty()) {
      return "Running";
    }
    if (succeeded == stopped) {
      return "Succeeded";
    }
    return restartPolicy.equals("Never") ? "Failed" : "Running";
  }

  /** How the container ended last, whether it waits for a restart or not. */
  private static @Nullable Terminated end(ContainerStatus status) {
    ContainerState state = status.state();
    if (state != null && state.terminated() != null) {
      return state.terminated();
    }
    boolean waiting = state == null || state.waiting() != null;
    return waiting && status.lastState() != null ? status.lastState().terminated() : null;
  }

  private static List<Condition> conditions(Pod pod, Facts facts, String phase, Instant now) {
    List<Condition> own = new ArrayList<>();
    own.add(condition("PodReadyToStartContainers", !facts.podIp().isEmpty(), "", ""));
    own.add(initialized(facts, phase));
    Condition containersReady = containersReady(facts, phase);
    own.add(ready(pod, containersReady));
    own.add(containersReady);
    own.add(condition("PodScheduled", true, "", ""));
    List<Condition> merged = new ArrayList<>();
    for (Condition condition : own) {
      merged.add(keepTime(condition, pod, now));
    }
    for (Condition old : pod.status().conditions()) {
      if (own.stream().noneMatch(mine -> mine.type().equals(old.type()))) {
        merged.add(old);
      }
    }
    return merged;
  }

  private static Condition initialized(Facts facts, String phase) {
    List<String> incomplete = new ArrayList<>();
    for (ContainerStatus status : facts.init()) {
      if (!status.ready()) {
        incomplete.add(status.name());
      }
    }
    if (incomplete.isEmpty()) {
      boolean completed = phase.equals("Succeeded");
      return condition("Initialized", true, completed ? "PodCompleted" : "", "");
    }
    return condition(
        "Initialized",
        false,
        "ContainersNotInitialized",
        "containers with incomplete status: [" + String.join(" ", incomplete) + "]");
  }

  private static Condition containersReady(Facts facts, String phase) {
    if (phase.equals("Succeeded")) {
      return condition("ContainersReady", false, "PodCompleted", "");
    }
    if (phase.equals("Failed")) {
      return condition("ContainersReady", false, "PodFailed", "");
    }
    List<String> unready = new ArrayList<>();
    for (ContainerStatus status : facts.main()) {
      if (!status.ready()) {
        unready.add(status.name());
      }
    }
    return unready.isEmpty()
        ? condition("ContainersReady", true, "", "")
        : condition(
            "ContainersReady",
            false,
            "ContainersNotReady",
            "containers with unready status: [" + String.join(" ", unready) + "]");
  }

  private static Condition ready(Pod pod, Condition containersReady) {
    if (!containersReady.isTrue()) {
      return condition("Ready", false, containersReady.reason(), containersReady.message());
    }
    for (ReadinessGate gate : pod.spec().readinessGates()) {
      Condition found = find(pod, gate.conditionType());
      if (found == null || !found.isTrue()) {
        return condition(
            "Ready",
            false,
            "ReadinessGatesNotReady",
            found == null
                ? "corresponding condition of pod readiness gate \""
                    + gate.conditionType()
                    + "\" does not exist."
                : "the status of pod readiness gate \""
                    + gate.conditionType()
                    + "\" is not \"True\", but "
                    + found.status());
      }
    }
    return condition("Ready", true, "", "");
  }

  private static Condition keepTime(Condition condition, Pod pod, Instant now) {
    Condition old = find(pod, condition.type());
    return new Condition(
        condition.type(),
        condition.status(),
        condition.reason(),
        condition.message(),
        old != null && old.status().equals(condition.status()) ? old.lastTransitionTime() : now,
        null,
        null,
        null);
  }

  private static @Nullable Condition find(Pod pod, String type) {
    for (Condition condition : pod.status().conditions()) {
      if (condition.type().equals(type)) {
        return condition;
      }
    }
    return null;
  }

  private static Condition condition(String type, boolean status, String reason, String message) {
    return new Condition(type, status ? "True" : "False", reason, message, null, null, null, null);
  }
}
