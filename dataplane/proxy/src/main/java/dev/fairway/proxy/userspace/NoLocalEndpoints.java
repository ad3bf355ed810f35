// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.ProxyMetrics.TrafficDirection;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpFamily;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServicePortName;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Counts ports whose policy Local leaves them without endpoints here though there are some. */
final class NoLocalEndpoints {
  private final Map<TrafficDirection, Map<IpFamily, Set<ServicePortName>>> starved =
      new EnumMap<>(TrafficDirection.class);
  private final ProxyMetrics metrics;

  NoLocalEndpoints(ProxyMetrics metrics) {
    this.metrics = metrics;
    for (TrafficDirection direction : TrafficDirection.values()) {
      Map<IpFamily, Set<ServicePortName>> byFamily = new EnumMap<>(IpFamily.class);
      for (IpFamily family : IpFamily.values()) {
        byFamily.put(family, new HashSet<>());
      }
      starved.put(direction, byFamily);
    }
  }

  void update(PortState port) {
    starved.forEach((direction, byFamily) ->
        byFamily.forEach((family, ports) -> {
          if (isStarved(port.routes(family), direction)) {
            ports.add(port.name());
          } else {
            ports.remove(port.name());
          }
          metrics.noLocalEndpoints(direction, family).set(ports.size());
        }));
  }

  void remove(ServicePortName port) {
    starved.forEach((direction, byFamily) ->
        byFamily.forEach((family, ports) -> {
          ports.remove(port);
          metrics.noLocalEndpoints(direction, family).set(ports.size());
        }));
  }

  private static boolean isStarved(PortRoutes routes, TrafficDirection direction) {
    FrontendKind kind =
        direction == TrafficDirection.INTERNAL ? FrontendKind.CLUSTER_IP : FrontendKind.NODE_PORT;
    EndpointSet local = routes.selection().local();
    return routes.selection().hasAny()
        && local != null
        && local.isEmpty()
        && routes.isLocalOnly(kind, false);
  }
}
