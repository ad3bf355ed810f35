// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod.Container;
import dev.fairway.kube.api.Pod.ContainerState;
import dev.fairway.kube.api.Pod.ContainerStatus;
import dev.fairway.kube.api.Pod.Running;
import dev.fairway.kube.api.Pod.Terminated;
import dev.fairway.kube.api.Pod.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One container of a pod over all its runs: state, restarts, probes and an orderly stop under way.
 * Confined to its pod's worker.
 */
final class ContainerSlot {
  /** How far an orderly stop is. */
  enum Stopping {
    NO,
    HOOK,
    TERMINATED,
    KILLED
  }

  final Container spec;
  final boolean init;
  final CrashBackoff backoff = new CrashBackoff();
  final List<ProbeState> probes = new ArrayList<>();
  final List<ProbeState> probesUnderWay = new ArrayList<>();

  /** Read by the log server too. */
  volatile @Nullable ContainerProcess process;

  Map<String, String> environment = Map.of();
  @Nullable Path directory;
  ContainerState state = waiting("ContainerCreating", null);
  @Nullable ContainerState lastState;
  volatile int restartCount;

  /** Whether the next start is a restart. */
  boolean ranBefore;

  String containerId = "";
  boolean postStartPending;
  boolean started;
  @Nullable Instant retryAt;
  Duration configBackoff = Duration.ZERO;
  Stopping stopping = Stopping.NO;
  Instant stopDeadline = Instant.MAX;

  ContainerSlot(Container spec, boolean init) {
    this.spec = spec;
    this.init = init;
  }

  /**
   * Takes over what the API server remembers from before this JVM started: restart counts, and ends
   * that are final.
   *
   * @param restartable whether a container that was running may run again
   */
  void restore(ContainerStatus before, boolean restartable, Instant now) {
    restartCount = before.restartCount();
    containerId = before.containerID();
    ContainerState was = before.state();
    if (was == null) {
      return;
    }
    if (was.terminated() != null) {
      state = was;
      lastState = before.lastState();
    } else if (was.running() != null) {
      Terminated lost =
          new Terminated(
              137,
              null,
              "ContainerStatusUnknown",
              "The cluster was stopped while the container ran",
              was.running().startedAt(),
              now,
              containerId);
      state = new ContainerState(null, null, lost);
      if (restartable && !init) {
        state = waiting("ContainerCreating", null);
        lastState = new ContainerState(null, null, lost);
      }
    } else {
      lastState = before.lastState();
    }
    ranBefore = was.waiting() == null || lastState != null;
  }

  boolean isRunning() {
    return process != null;
  }

  /** Whether it ended and is not waiting to start again. */
  @Nullable Terminated end() {
    return state.terminated();
  }

  boolean isDone() {
    return state.terminated() != null && state.terminated().exitCode() == 0;
  }

  /** Whether it counts for the pod's readiness. */
  boolean isReady() {
    if (init) {
      return isDone();
    }
    if (process == null || !started) {
      return false;
    }
    ProbeState readiness = probe(ProbeState.Kind.READINESS);
    return spec.readinessProbe() == null || (readiness != null && readiness.isPassing());
  }

  @Nullable ProbeState probe(ProbeState.Kind kind) {
    for (ProbeState probe : probes) {
      if (probe.kind() == kind) {
        return probe;
      }
    }
    return null;
  }

  /** A new run begins. */
  void running(ContainerProcess started, String id) {
    process = started;
    containerId = id;
    state = new ContainerState(null, new Running(started.startedAt()), null);
    stopping = Stopping.NO;
    stopDeadline = Instant.MAX;
    retryAt = null;
    configBackoff = Duration.ZERO;
    this.started = false;
    probes.clear();
    probesUnderWay.clear();
    if (init) {
      return;
    }
    postStartPending = spec.lifecycle() != null && spec.lifecycle().postStart() != null;
    if (spec.startupProbe() != null) {
      probes.add(
          new ProbeState(
              ProbeState.Kind.STARTUP,
              spec.startupProbe(),
              started.startedAt(),
              started.startedAt()));
    }
    startIfPossible(started.startedAt());
  }

  /** Lets the other probes begin once the hook is done and the startup probe has passed. */
  void startIfPossible(Instant now) {
    ContainerProcess running = process;
    ProbeState startup = probe(ProbeState.Kind.STARTUP);
    if (running == null
        || started
        || postStartPending
        || (spec.startupProbe() != null && (startup == null || !startup.isPassing()))) {
      return;
    }
    started = true;
    if (startup != null) {
      probes.remove(startup);
    }
    if (spec.livenessProbe() != null) {
      probes.add(
          new ProbeState(ProbeState.Kind.LIVENESS, spec.livenessProbe(), running.startedAt(), now));
    }
    if (spec.readinessProbe() != null) {
      probes.add(
          new ProbeState(
              ProbeState.Kind.READINESS, spec.readinessProbe(), running.startedAt(), now));
    }
  }

  /** The run ended. */
  void ended(ContainerProcess.Exit exit) {
    process = null;
    ranBefore = true;
    started = false;
    postStartPending = false;
    probes.clear();
    String reason = exit.code() == 0 ? "Completed" : "Error";
    state = terminated(exit.code(), reason, null, exit.startedAt(), exit.finishedAt());
    stopping = Stopping.NO;
    stopDeadline = Instant.MAX;
  }

  /** The command could not be started at all, as a container engine reports it. */
  void failedToStart(String message, Instant now) {
    ranBefore = true;
    state = terminated(128, "StartError", message, now, now);
  }

  private ContainerState terminated(
      int code, String reason, @Nullable String message, Instant startedAt, Instant finishedAt) {
    return new ContainerState(
        null,
        null,
        new Terminated(code, null, reason, message, startedAt, finishedAt, containerId));
  }

  /** Waits for its next start after an end. */
  void waitForRestart(Instant until, String podText) {
    if (state.terminated() != null) {
      lastState = state;
    }
    retryAt = until;
    state =
        waiting(
            "CrashLoopBackOff",
            "back-off "
                + text(backoff.delay())
                + " restarting failed container="
                + spec.name()
                + " pod="
                + podText);
  }

  private static String text(Duration delay) {
    long seconds = delay.toSeconds();
    return seconds >= 60 ? seconds / 60 + "m" + seconds % 60 + "s" : seconds + "s";
  }

  /** Cannot be started as it is described; tries again later. */
  void waitForConfig(String reason, String message, Instant now) {
    if (state.terminated() != null) {
      lastState = state;
    }
    configBackoff =
        configBackoff.isZero()
            ? Duration.ofSeconds(2)
            : min(configBackoff.multipliedBy(2), CrashBackoff.MAX);
    retryAt = now.plus(configBackoff);
    state = waiting(reason, message);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  ContainerStatus status() {
    String image = spec.image();
    return new ContainerStatus(
        spec.name(),
        image,
        containerId.isEmpty() ? "" : "fairway://" + image,
        containerId,
        isReady(),
        init ? (process != null || isDone()) : started,
        restartCount,
        state,
        lastState);
  }

  static ContainerState waiting(String reason, @Nullable String message) {
    return new ContainerState(new Waiting(reason, message), null, null);
  }
}
