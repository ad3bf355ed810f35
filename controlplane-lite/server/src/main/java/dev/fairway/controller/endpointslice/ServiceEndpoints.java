// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.EndpointSlice.Endpoint;
import dev.fairway.kube.api.IntOrString;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which endpoints a Service should publish: pure functions of the Service, its pods and nodes. */
final class ServiceEndpoints {
  static final String ZONE_LABEL = "topology.kubernetes.io/zone";

  private ServiceEndpoints() {}

  /** The address types that a Service needs slices for, in the order of its families. */
  static Set<String> addressTypes(Service service) {
    Set<String> types = new LinkedHashSet<>();
    for (String family : service.spec().ipFamilies()) {
      types.add(family);
    }
    if (types.isEmpty()) {
      for (String ip : service.spec().clusterIPs()) {
        if (!ip.equals("None")) {
          types.add(addressType(ip));
        }
      }
    }
    if (types.isEmpty()) {
      String ip = service.spec().clusterIP();
      types.add(ip.isEmpty() || ip.equals("None") ? "IPv4" : addressType(ip));
    }
    return types;
  }

  /**
   * The endpoints of one address type by the ports they serve; pods that resolve a named port to
   * different numbers end up in different groups.
   */
  static Map<List<EndpointSlice.Port>, List<Endpoint>> byPorts(
      Service service, String addressType, List<Pod> pods, Function<String, @Nullable Node> nodes) {
    Map<List<EndpointSlice.Port>, List<Endpoint>> groups = new LinkedHashMap<>();
    List<Pod> ordered = new ArrayList<>(pods);
    ordered.sort(Comparator.comparing(p -> p.metadata().name()));
    for (Pod pod : ordered) {
      List<String> addresses = addresses(pod, addressType);
      if (addresses.isEmpty() || pod.isFinished()) {
        continue;
      }
      String nodeName = pod.spec().nodeName();
      @Nullable Node node = nodeName.isEmpty() ? null : nodes.apply(nodeName);
      groups
          .computeIfAbsent(ports(service, pod), p -> new ArrayList<>())
          .add(endpoint(service, pod, node, addresses));
    }
    return groups;
  }

  /** The ports of a Service as one pod serves them; a name that the pod lacks is left out. */
  static List<EndpointSlice.Port> ports(Service service, Pod pod) {
    List<EndpointSlice.Port> ports = new ArrayList<>();
    for (Service.Port port : service.spec().ports()) {
      String protocol = port.protocol().isEmpty() ? "TCP" : port.protocol();
      Integer number = resolve(port, protocol, pod);
      if (number != null) {
        ports.add(
            new EndpointSlice.Port(
                port.name(),
                protocol,
                number,
                port.appProtocol().isEmpty() ? null : port.appProtocol()));
      }
    }
    ports.sort(SlicePlan.PORT_ORDER);
    return List.copyOf(ports);
  }

  private static @Nullable Integer resolve(Service.Port port, String protocol, Pod pod) {
    IntOrString target = port.targetPort();
    if (target == null || (target.isNumber() && target.number() == 0)) {
      return port.port();
    }
    if (target.isNumber()) {
      return target.number();
    }
    for (Pod.Container container : pod.spec().containers()) {
      for (Pod.ContainerPort candidate : container.ports()) {
        String candidateProtocol = candidate.protocol().isEmpty() ? "TCP" : candidate.protocol();
        if (candidate.name().equals(target.text()) && candidateProtocol.equals(protocol)) {
          return candidate.containerPort();
        }
      }
    }
    return null;
  }

  private static Endpoint endpoint(
      Service service, Pod pod, @Nullable Node node, List<String> addresses) {
    boolean serving = pod.isReady() && !isDown(node);
    boolean terminating = pod.metadata().isTerminating();
    boolean ready = service.spec().publishNotReadyAddresses() || (serving && !terminating);
    String nodeName = pod.spec().nodeName();
    String zone = node == null ? null : node.metadata().labels().get(ZONE_LABEL);
    boolean named =
        !pod.spec().hostname().isEmpty()
            && pod.spec().subdomain().equals(service.metadata().name());
    return new Endpoint(
        addresses,
        new EndpointSlice.Conditions(ready, serving, terminating),
        named ? pod.spec().hostname() : null,
        nodeName.isEmpty() ? null : nodeName,
        zone,
        ready ? hints(service.spec().trafficDistribution(), zone, nodeName) : null,
        new ObjectReference(
            "",
            "Pod",
            pod.metadata().namespace(),
            pod.metadata().name(),
            pod.metadata().uid(),
            "",
            ""));
  }

  private static EndpointSlice.@Nullable Hints hints(
      String distribution, @Nullable String zone, String nodeName) {
    List<EndpointSlice.ForZone> zones =
        zone == null || zone.isEmpty() ? List.of() : List.of(new EndpointSlice.ForZone(zone));
    return switch (distribution) {
      case "PreferClose", "PreferSameZone" ->
          zones.isEmpty() ? null : new EndpointSlice.Hints(zones, List.of());
      case "PreferSameNode" ->
          nodeName.isEmpty()
              ? null
              : new EndpointSlice.Hints(zones, List.of(new EndpointSlice.ForNode(nodeName)));
      default -> null;
    };
  }

  /** Whether the node says that it is not ready, or nobody has heard of it. */
  static boolean isDown(@Nullable Node node) {
    if (node == null) {
      return false;
    }
    for (Condition condition : node.status().conditions()) {
      if (condition.type().equals("Ready")) {
        return !condition.isTrue();
      }
    }
    return false;
  }

  private static List<String> addresses(Pod pod, String addressType) {
    List<String> addresses = new ArrayList<>(2);
    for (Pod.PodIp ip : pod.status().podIPs()) {
      if (addressType(ip.ip()).equals(addressType)) {
        addresses.add(ip.ip());
      }
    }
    String single = pod.status().podIP();
    if (pod.status().podIPs().isEmpty()
        && !single.isEmpty()
        && addressType(single).equals(addressType)) {
      addresses.add(single);
    }
    return addresses;
  }

  private static String addressType(String ip) {
    return ip.indexOf(':') >= 0 ? "IPv6" : "IPv4";
  }
}
