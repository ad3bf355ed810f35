// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import dev.fairway.controller.runtime.Tolerations;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Why a pod cannot run on a node, in Kubernetes' words. */
final class NodeFilters {
  private NodeFilters() {}

  /** One rule. */
  private interface Filter {
    /** Reasons against the node, none if it passes. */
    List<String> reasons(Pod pod, NodeState state);
  }

  private static final List<Filter> FILTERS =
      List.of(
          NodeFilters::unschedulable,
          NodeFilters::untolerated,
          NodeFilters::selector,
          NodeFilters::hostPorts,
          NodeFilters::resources);

  /** The reasons of the first rule that the node fails; none if the pod may run there. */
  static List<String> reasons(Pod pod, NodeState state) {
    for (Filter filter : FILTERS) {
      List<String> reasons = filter.reasons(pod, state);
      if (!reasons.isEmpty()) {
        return reasons;
      }
    }
    return List.of();
  }

  private static List<String> unschedulable(Pod pod, NodeState state) {
    Node.Taint taint = new Node.Taint("node.kubernetes.io/unschedulable", "", "NoSchedule", null);
    return state.node().spec().unschedulable()
            && !Tolerations.tolerates(pod.spec().tolerations(), taint)
        ? List.of("node(s) were unschedulable")
        : List.of();
  }

  private static List<String> untolerated(Pod pod, NodeState state) {
    for (Node.Taint taint : state.node().spec().taints()) {
      boolean repels = taint.effect().equals("NoSchedule") || taint.effect().equals("NoExecute");
      if (repels && !Tolerations.tolerates(pod.spec().tolerations(), taint)) {
        return List.of(
            "node(s) had untolerated taint {" + taint.key() + ": " + taint.value() + "}");
      }
    }
    // A node that has not reported yet, or stopped a moment ago, may not carry its taint so far.
    Node.Taint notReady = new Node.Taint("node.kubernetes.io/not-ready", "", "NoSchedule", null);
    return !state.node().isReady() && !Tolerations.tolerates(pod.spec().tolerations(), notReady)
        ? List.of("node(s) had untolerated taint {node.kubernetes.io/not-ready: }")
        : List.of();
  }

  private static List<String> selector(Pod pod, NodeState state) {
    Map<String, String> labels = state.node().metadata().labels();
    return labels.entrySet().containsAll(pod.spec().nodeSelector().entrySet())
        ? List.of()
        : List.of("node(s) didn't match Pod's node affinity/selector");
  }

  private static List<String> hostPorts(Pod pod, NodeState state) {
    for (Pod.ContainerPort wanted : hostPortsOf(pod)) {
      for (Pod other : state.pods()) {
        for (Pod.ContainerPort taken : hostPortsOf(other)) {
          if (conflicts(wanted, taken)) {
            return List.of("node(s) didn't have free ports for the requested pod ports");
          }
        }
      }
    }
    return List.of();
  }

  private static List<String> resources(Pod pod, NodeState state) {
    List<String> reasons = new ArrayList<>();
    if (state.pods().size() + 1 > state.podLimit()) {
      reasons.add("Too many pods");
    }
    PodRequest request = PodRequest.of(pod);
    PodRequest taken = state.requested();
    if (request.milliCpu() > 0 && request.milliCpu() > state.allocatableCpu() - taken.milliCpu()) {
      reasons.add("Insufficient cpu");
    }
    if (request.memory() > 0 && request.memory() > state.allocatableMemory() - taken.memory()) {
      reasons.add("Insufficient memory");
    }
    return reasons;
  }

  private static List<Pod.ContainerPort> hostPortsOf(Pod pod) {
    List<Pod.ContainerPort> ports = new ArrayList<>();
    for (Pod.Container container : pod.spec().containers()) {
      for (Pod.ContainerPort port : container.ports()) {
        if (port.hostPort() > 0) {
          ports.add(port);
        }
      }
    }
    return ports;
  }

  private static boolean conflicts(Pod.ContainerPort a, Pod.ContainerPort b) {
    boolean sameProtocol = protocol(a).equals(protocol(b));
    boolean sameAddress = anyAddress(a) || anyAddress(b) || a.hostIP().equals(b.hostIP());
    return a.hostPort() == b.hostPort() && sameProtocol && sameAddress;
  }

  private static String protocol(Pod.ContainerPort port) {
    return port.protocol().isEmpty() ? "TCP" : port.protocol();
  }

  private static boolean anyAddress(Pod.ContainerPort port) {
    return port.hostIP().isEmpty() || port.hostIP().equals("0.0.0.0");
  }
}
