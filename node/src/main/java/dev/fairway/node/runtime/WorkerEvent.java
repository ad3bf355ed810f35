// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;

/** What a {@link PodWorker} is told; it handles one after the other on its own thread. */
sealed interface WorkerEvent {
  /** The pod's object is new or changed. */
  record Updated(Pod pod) implements WorkerEvent {}

  /** The pod's object is gone: everything of it has to go at once. */
  record Removed() implements WorkerEvent {}

  /** The cluster stops; the object stays and the pod runs again after the next start. */
  record Stop() implements WorkerEvent {}

  /** A process ended. */
  record Exited(ContainerSlot slot, ContainerProcess process) implements WorkerEvent {}

  /** A probe was tried. */
  record Probed(
      ContainerSlot slot,
      ContainerProcess process,
      ProbeState probe,
      boolean regular,
      HealthCheck.Result result)
      implements WorkerEvent {}

  /** A preStop hook ended. */
  record PreStopDone(ContainerSlot slot, ContainerProcess process, HealthCheck.Result result)
      implements WorkerEvent {}

  /** A postStart hook ended. */
  record PostStartDone(ContainerSlot slot, ContainerProcess process, HealthCheck.Result result)
      implements WorkerEvent {}
}
