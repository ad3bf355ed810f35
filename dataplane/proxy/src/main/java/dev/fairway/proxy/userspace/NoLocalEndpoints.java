// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpFamily;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServicePortName;
import java.util.HashSet;
import java.util.Set;

/** Counts ports whose policy Local leaves them without endpoints here though there are some. */
final class NoLocalEndpoints {
  private final Set<ServicePortName> internal = new HashSet<>();
  private final Set<ServicePortName> external = new HashSet<>();
  private final ProxyMetrics metrics;

  NoLocalEndpoints(ProxyMetrics metrics) {
    this.metrics = metrics;
  }

  void update(PortState port) {
    set(internal, port, FrontendKind.CLUSTER_IP);
    set(external, port, FrontendKind.NODE_PORT);
    publish();
  }

  void remove(ServicePortName port) {
    internal.remove(port);
    external.remove(port);
    publish();
  }

  private static void set(Set<ServicePortName> ports, PortState port, FrontendKind kind) {
    if (isStarved(port.routes(IpFamily.IPV4), kind)
        || isStarved(port.routes(IpFamily.IPV6), kind)) {
      ports.add(port.name());
    } else {
      ports.remove(port.name());
    }
  }

  private static boolean isStarved(PortRoutes routes, FrontendKind kind) {
    EndpointSet local = routes.selection().local();
    return routes.selection().hasAny()
        && local != null
        && local.isEmpty()
        && routes.isLocalOnly(kind, false);
  }

  private void publish() {
    metrics.internalNoLocalEndpoints.set(internal.size());
    metrics.externalNoLocalEndpoints.set(external.size());
  }
}
