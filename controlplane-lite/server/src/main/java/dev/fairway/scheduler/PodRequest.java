// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import dev.fairway.kube.api.Pod;

/**
 * What a pod asks of a node.
 *
 * @param milliCpu thousandths of a CPU
 * @param memory bytes
 */
record PodRequest(long milliCpu, long memory) {

  /** The sum over the containers, or the largest init container where that is more. */
  static PodRequest of(Pod pod) {
    long cpu = 0;
    long memory = 0;
    for (Pod.Container container : pod.spec().containers()) {
      cpu += cpu(container);
      memory += memory(container);
    }
    for (Pod.Container container : pod.spec().initContainers()) {
      cpu = Math.max(cpu, cpu(container));
      memory = Math.max(memory, memory(container));
    }
    return new PodRequest(cpu, memory);
  }

  private static long cpu(Pod.Container container) {
    return Quantity.milli(request(container, "cpu"));
  }

  private static long memory(Pod.Container container) {
    return Quantity.units(request(container, "memory"));
  }

  /** A limit without a request is the request. */
  private static String request(Pod.Container container, String resource) {
    if (container.resources() == null) {
      return "";
    }
    String request = container.resources().requests().get(resource);
    return request != null ? request : container.resources().limits().getOrDefault(resource, "");
  }
}
