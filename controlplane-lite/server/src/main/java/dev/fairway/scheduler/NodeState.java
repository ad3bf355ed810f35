// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import java.util.List;

/**
 * A node and the pods that hold its resources.
 *
 * @param pods pods bound to it that have not finished
 */
record NodeState(Node node, List<Pod> pods) {
  private static final int DEFAULT_PODS = 110;

  String name() {
    return node.metadata().name();
  }

  /** How many pods may run here. */
  int podLimit() {
    String text = node.status().allocatable().get("pods");
    return text == null ? DEFAULT_PODS : (int) Math.min(Quantity.units(text), Integer.MAX_VALUE);
  }

  /** Thousandths of a CPU, or no bound where the node does not say. */
  long allocatableCpu() {
    String text = node.status().allocatable().get("cpu");
    return text == null ? Long.MAX_VALUE : Quantity.milli(text);
  }

  /** Bytes, or no bound where the node does not say. */
  long allocatableMemory() {
    String text = node.status().allocatable().get("memory");
    return text == null ? Long.MAX_VALUE : Quantity.units(text);
  }

  /** What its pods ask for together. */
  PodRequest requested() {
    long cpu = 0;
    long memory = 0;
    for (Pod pod : pods) {
      PodRequest request = PodRequest.of(pod);
      cpu += request.milliCpu();
      memory += request.memory();
    }
    return new PodRequest(cpu, memory);
  }
}
