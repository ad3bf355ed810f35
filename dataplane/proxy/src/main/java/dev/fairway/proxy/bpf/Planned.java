// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import java.util.ArrayList;
import java.util.List;

/**
 * A service on its way into the kernel, as far as it depends on nothing but itself; the sets of its
 * ports are still to be found. Made by any thread, used by the one that syncs.
 *
 * @param ports by family, then as the service has them
 * @param unserved ports, once for each family
 */
record Planned(ServiceInfo service, List<PortPlan> ports, List<ServicePort> unserved) {
  private static final IpFamily[] FAMILIES = IpFamily.values();

  /** Plans a service for a node. */
  static Planned of(ServiceInfo service, NodeTopology node) {
    List<PortPlan> ports = new ArrayList<>(2);
    List<ServicePort> unserved = new ArrayList<>(0);
    if (service.isProxied()) {
      for (IpFamily family : FAMILIES) {
        if (hasFamily(service.clusterIps(), family)) {
          plan(service, family, node, ports, unserved);
        }
      }
    }
    return new Planned(service, ports, unserved);
  }

  private static void plan(
      ServiceInfo service,
      IpFamily family,
      NodeTopology node,
      List<PortPlan> ports,
      List<ServicePort> unserved) {
    for (ServicePort port : service.ports()) {
      if (port.name().protocol() == Protocol.SCTP) {
        unserved.add(port);
      } else {
        ports.add(new PortPlan(service, PortRoutes.of(service, port, family, node)));
      }
    }
  }

  private static boolean hasFamily(List<IpAddress> addresses, IpFamily family) {
    for (IpAddress address : addresses) {
      if (address.family() == family) {
        return true;
      }
    }
    return false;
  }
}
