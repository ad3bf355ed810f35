// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The row of a pod: kubectl's algorithm that condenses phase, conditions and container states into
 * one word.
 */
final class PodRow {
  private final ObjectNode pod;
  private final JsonNode spec;
  private final JsonNode status;
  private final Set<String> sidecars = new HashSet<>();
  private String reason;
  private int total;
  private int ready;
  private long restarts;
  private @Nullable Instant lastRestart;
  private long sidecarRestarts;
  private @Nullable Instant lastSidecarRestart;

  private PodRow(ObjectNode pod) {
    this.pod = pod;
    this.spec = pod.path("spec");
    this.status = pod.path("status");
    this.total = spec.path("containers").size();
    this.reason = Cells.orElse(Cells.text(status, "reason"), Cells.text(status, "phase"));
  }

  static void cells(ObjectNode pod, Instant now, ArrayNode row) {
    PodRow run = new PodRow(pod);
    run.condense();
    row.add(Cells.name(pod));
    row.add(run.ready + "/" + run.total);
    row.add(run.reason);
    row.add(run.restartText(now));
    row.add(Cells.age(pod, now));
    String ip = run.status.path("podIPs").path(0).path("ip").asString("");
    row.add(Cells.orElse(ip, Cells.NONE));
    row.add(Cells.orElse(Cells.text(run.spec, "nodeName"), Cells.NONE));
    row.add(Cells.orElse(Cells.text(run.status, "nominatedNodeName"), Cells.NONE));
    row.add(run.readinessGates());
  }

  private void condense() {
    for (JsonNode condition : status.path("conditions")) {
      boolean gated =
          Cells.text(condition, "type").equals("PodScheduled")
              && Cells.text(condition, "reason").equals("SchedulingGated");
      if (gated) {
        reason = "SchedulingGated";
      }
    }
    for (JsonNode container : spec.path("initContainers")) {
      if (Cells.text(container, "restartPolicy").equals("Always")) {
        sidecars.add(Cells.text(container, "name"));
        total++;
      }
    }
    boolean initializing = initContainers();
    if (!initializing || conditionIsTrue("Initialized")) {
      containers();
    }
    if (pod.path("metadata").has("deletionTimestamp")) {
      String phase = Cells.text(status, "phase");
      if (Cells.text(status, "reason").equals("NodeLost")) {
        reason = "Unknown";
      } else if (!phase.equals("Failed") && !phase.equals("Succeeded")) {
        reason = "Terminating";
      }
    }
  }

  /** Returns whether an init container is still at work; the reason tells which. */
  private boolean initContainers() {
    JsonNode statuses = status.path("initContainerStatuses");
    for (int i = 0; i < statuses.size(); i++) {
      JsonNode container = statuses.get(i);
      JsonNode state = container.path("state");
      boolean sidecar = sidecars.contains(Cells.text(container, "name"));
      count(container, sidecar);
      JsonNode terminated = state.path("terminated");
      if (terminated.isObject() && terminated.path("exitCode").asInt(0) == 0) {
        continue;
      }
      if (sidecar && container.path("started").asBoolean(false)) {
        if (container.path("ready").asBoolean(false)) {
          ready++;
        }
        continue;
      }
      String waiting = Cells.text(state.path("waiting"), "reason");
      if (terminated.isObject()) {
        reason = "Init:" + terminatedReason(terminated);
      } else if (!waiting.isEmpty() && !waiting.equals("PodInitializing")) {
        reason = "Init:" + waiting;
      } else {
        reason = "Init:" + i + "/" + spec.path("initContainers").size();
      }
      return true;
    }
    return false;
  }

  private void count(JsonNode container, boolean sidecar) {
    long count = container.path("restartCount").asLong(0);
    restarts += count;
    Instant finished = lastFinished(container);
    lastRestart = later(lastRestart, finished);
    if (sidecar) {
      sidecarRestarts += count;
      lastSidecarRestart = later(lastSidecarRestart, finished);
    }
  }

  private void containers() {
    restarts = sidecarRestarts;
    lastRestart = lastSidecarRestart;
    boolean hasRunning = false;
    JsonNode statuses = status.path("containerStatuses");
    for (int i = statuses.size() - 1; i >= 0; i--) {
      JsonNode container = statuses.get(i);
      restarts += container.path("restartCount").asLong(0);
      lastRestart = later(lastRestart, lastFinished(container));
      JsonNode state = container.path("state");
      String waiting = Cells.text(state.path("waiting"), "reason");
      JsonNode terminated = state.path("terminated");
      if (!waiting.isEmpty()) {
        reason = waiting;
      } else if (terminated.isObject()) {
        reason = terminatedReason(terminated);
      } else if (container.path("ready").asBoolean(false) && state.path("running").isObject()) {
        hasRunning = true;
        ready++;
      }
    }
    if (reason.equals("Completed") && hasRunning) {
      reason = conditionIsTrue("Ready") ? "Running" : "NotReady";
    }
  }

  private static String terminatedReason(JsonNode terminated) {
    String given = Cells.text(terminated, "reason");
    if (!given.isEmpty()) {
      return given;
    }
    long signal = terminated.path("signal").asLong(0);
    return signal != 0 ? "Signal:" + signal : "ExitCode:" + terminated.path("exitCode").asLong(0);
  }

  private static @Nullable Instant lastFinished(JsonNode container) {
    return Cells.instant(Cells.text(container.path("lastState").path("terminated"), "finishedAt"));
  }

  private static @Nullable Instant later(@Nullable Instant a, @Nullable Instant b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.isBefore(b) ? b : a;
  }

  private String restartText(Instant now) {
    if (restarts == 0 || lastRestart == null) {
      return Long.toString(restarts);
    }
    return restarts + " (" + Cells.since(lastRestart.toString(), now) + " ago)";
  }

  private boolean conditionIsTrue(String type) {
    for (JsonNode condition : status.path("conditions")) {
      if (Cells.text(condition, "type").equals(type)) {
        return Cells.text(condition, "status").equals("True");
      }
    }
    return false;
  }

  private String readinessGates() {
    JsonNode gates = spec.path("readinessGates");
    if (gates.isEmpty()) {
      return Cells.NONE;
    }
    int met = 0;
    for (JsonNode gate : gates) {
      if (conditionIsTrue(Cells.text(gate, "conditionType"))) {
        met++;
      }
    }
    return met + "/" + gates.size();
  }
}
