// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.Handler;
import dev.fairway.node.runtime.ContainerSlot.Stopping;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Stops containers in order: preStop hook, SIGTERM to the group, SIGKILL when the grace period is
 * over. Never blocks; confined to its pod's worker.
 */
final class ContainerStops {
  /** A hook that used the whole grace period leaves the process this much. */
  private static final Duration AFTER_HOOK = Duration.ofSeconds(2);

  private final PodContext context;
  private final ContainerChecks checks;

  ContainerStops(PodContext context, ContainerChecks checks) {
    this.context = context;
    this.checks = checks;
  }

  /** Begins a stop; one under way only gets an earlier deadline. */
  void begin(Pod pod, ContainerSlot slot, String podIp, Instant deadline) {
    ContainerProcess process = slot.process;
    if (process == null) {
      return;
    }
    if (slot.stopping != Stopping.NO) {
      if (deadline.isBefore(slot.stopDeadline)) {
        slot.stopDeadline = deadline;
      }
      return;
    }
    slot.stopDeadline = deadline;
    Handler hook = slot.spec.lifecycle() == null ? null : slot.spec.lifecycle().preStop();
    Duration left = Duration.between(context.now(), deadline);
    if (hook == null || left.isNegative() || left.isZero()) {
      terminate(slot, process, deadline);
      return;
    }
    slot.stopping = Stopping.HOOK;
    checks.hook(
        slot, hook, podIp, left, result -> new WorkerEvent.PreStopDone(slot, process, result));
  }

  /** The hook ended: now the process. */
  void hookDone(ContainerSlot slot, ContainerProcess process) {
    if (slot.process == process && slot.stopping == Stopping.HOOK) {
      terminate(slot, process, slot.stopDeadline);
    }
  }

  /** SIGTERM now, SIGKILL at the deadline. */
  void terminate(ContainerSlot slot, ContainerProcess process, Instant deadline) {
    slot.stopping = Stopping.TERMINATED;
    slot.stopDeadline = deadline;
    signal(process, false);
  }

  /** SIGKILL now. */
  void kill(ContainerSlot slot, ContainerProcess process) {
    slot.stopping = Stopping.KILLED;
    slot.stopDeadline = Instant.MAX;
    signal(process, true);
  }

  /**
   * Does what is due.
   *
   * @return when the next step is due
   */
  Instant step(ContainerSlot slot, Instant now) {
    @Nullable ContainerProcess process = slot.process;
    if (process == null || slot.stopping == Stopping.NO || slot.stopping == Stopping.KILLED) {
      return Instant.MAX;
    }
    if (now.isBefore(slot.stopDeadline)) {
      return slot.stopDeadline;
    }
    if (slot.stopping == Stopping.HOOK) {
      terminate(slot, process, now.plus(AFTER_HOOK));
    } else {
      kill(slot, process);
    }
    return slot.stopDeadline;
  }

  private static void signal(ContainerProcess process, boolean kill) {
    try {
      if (kill) {
        process.kill();
      } else {
        process.terminate();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
