// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.TrafficPolicy;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which services have a health port, and how many addresses of this node are ready for them in each
 * family. Confined to the thread that delivers snapshots.
 */
final class LocalReadiness {
  private final String nodeName;
  private final Map<ServiceName, Integer> ports = new HashMap<>();
  private final Map<IpFamily, Map<ServiceName, Integer>> counts = new EnumMap<>(IpFamily.class);

  LocalReadiness(String nodeName) {
    this.nodeName = nodeName;
    for (IpFamily family : IpFamily.values()) {
      counts.put(family, new HashMap<>());
    }
  }

  /** Takes over the changed services. */
  void apply(SnapshotDelta delta) {
    for (ServiceName name : delta.changed()) {
      ports.remove(name);
      counts.values().forEach(byService -> byService.remove(name));
      ServiceInfo service = delta.after().service(name);
      if (service != null && hasHealthPort(service)) {
        ports.put(name, service.healthCheckNodePort());
        counts.forEach(
            (family, byService) -> byService.put(name, ready(service, served(service, family))));
      }
    }
  }

  static boolean hasHealthPort(ServiceInfo service) {
    return service.isProxied()
        && service.type() == ServiceType.LOAD_BALANCER
        && service.externalTrafficPolicy() == TrafficPolicy.LOCAL
        && service.healthCheckNodePort() > 0;
  }

  /** Health ports by service. */
  Map<ServiceName, Integer> ports() {
    return Collections.unmodifiableMap(ports);
  }

  /** Ready addresses by service. */
  Map<ServiceName, Integer> counts(IpFamily family) {
    return Collections.unmodifiableMap(counts.getOrDefault(family, Map.of()));
  }

  /**
   * The family whose endpoints count on addresses of a family: a balancer may check a node at any
   * of its addresses, also where the service itself has one family only.
   */
  private static IpFamily served(ServiceInfo service, IpFamily family) {
    List<IpAddress> own = service.clusterIps();
    return own.isEmpty() || own.stream().anyMatch(address -> address.family() == family)
        ? family
        : own.getFirst().family();
  }

  /** An address counts once, on however many ports it is ready; terminating ones do not count. */
  private int ready(ServiceInfo service, IpFamily family) {
    Set<IpAddress> addresses = new HashSet<>();
    for (EndpointPort port : service.endpointPorts()) {
      EndpointSet endpoints = service.proxiedEndpoints(port.name(), port.protocol()).family(family);
      for (int i = 0; i < endpoints.size(); i++) {
        if (endpoints.isReady(i) && nodeName.equals(endpoints.nodeName(i))) {
          addresses.add(endpoints.address(i));
        }
      }
    }
    return addresses.size();
  }
}
