// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides about new connections to one port of a Service in one address family, as
 * seen from one node. Immutable; every data plane programs from this.
 */
public final class PortRoutes {
  private final ServicePort port;
  private final IpFamily family;
  private final EndpointSet endpoints;
  private final EndpointSelection selection;
  private final boolean internalLocal;
  private final boolean externalLocal;
  private final List<IpPrefix> sourceRanges;
  private final int affinityTimeoutSeconds;

  private PortRoutes(
      ServiceInfo service,
      ServicePort port,
      IpFamily family,
      EndpointSet endpoints,
      EndpointSelection selection) {
    this.port = port;
    this.family = family;
    this.endpoints = endpoints;
    this.selection = selection;
    this.internalLocal = isInternalLocal(service);
    this.externalLocal = isExternalLocal(service);
    this.sourceRanges = effectiveRanges(service.sourceRanges(), family);
    this.affinityTimeoutSeconds = service.affinityTimeoutSeconds();
  }

  /** The routes of a port for one node. */
  public static PortRoutes of(
      ServiceInfo service, ServicePort port, IpFamily family, NodeTopology node) {
    EndpointSet endpoints =
        service.proxiedEndpoints(port.name().port(), port.name().protocol()).family(family);
    boolean accessible = isExternallyAccessible(service, port, family);
    EndpointSelection selection =
        EndpointSelection.select(
            endpoints,
            !isInternalLocal(service) || accessible,
            isInternalLocal(service) || (isExternalLocal(service) && accessible),
            node,
            true);
    return new PortRoutes(service, port, family, endpoints, selection);
  }

  private static boolean isInternalLocal(ServiceInfo service) {
    return service.internalTrafficPolicy() == TrafficPolicy.LOCAL;
  }

  private static boolean isExternalLocal(ServiceInfo service) {
    return service.externalTrafficPolicy() == TrafficPolicy.LOCAL
        && switch (service.type()) {
          case LOAD_BALANCER, NODE_PORT -> true;
          case CLUSTER_IP -> !service.externalIps().isEmpty();
          case EXTERNAL_NAME -> false;
        };
  }

  private static boolean isExternallyAccessible(
      ServiceInfo service, ServicePort port, IpFamily family) {
    return port.nodePort() != 0
        || hasFamily(service.loadBalancerIps(), family)
        || hasFamily(service.externalIps(), family);
  }

  private static boolean hasFamily(List<IpAddress> addresses, IpFamily family) {
    for (IpAddress address : addresses) {
      if (address.family() == family) {
        return true;
      }
    }
    return false;
  }

  /** No range of the family, or one that holds everything, means no filter. */
  private static List<IpPrefix> effectiveRanges(List<IpPrefix> ranges, IpFamily family) {
    if (ranges.isEmpty()) {
      return ranges;
    }
    List<IpPrefix> own = ranges.stream().filter(range -> range.family() == family).toList();
    return own.stream().anyMatch(IpPrefix::isZero) ? List.of() : own;
  }

  /** The port these routes are of. */
  public ServicePort port() {
    return port;
  }

  /** The family these routes are for. */
  public IpFamily family() {
    return family;
  }

  /** Every endpoint in any condition. */
  public EndpointSet endpoints() {
    return endpoints;
  }

  /** The lists of endpoints by traffic policy. */
  public EndpointSelection selection() {
    return selection;
  }

  /** Seconds that a client sticks to its endpoint, 0 without session affinity. */
  public int affinityTimeoutSeconds() {
    return affinityTimeoutSeconds;
  }

  /** Ranges that may use load balancer addresses; empty for everybody. */
  public List<IpPrefix> sourceRanges() {
    return sourceRanges;
  }

  /** Whether traffic of that kind is restricted to endpoints of the node. */
  public boolean isLocalOnly(FrontendKind kind, boolean inCluster) {
    return kind == FrontendKind.CLUSTER_IP ? internalLocal : externalLocal && !inCluster;
  }

  /**
   * Whether traffic of that kind stays on the node because of its external policy, which promises
   * that endpoints see the client's address.
   */
  public boolean isExternalLocal(FrontendKind kind, boolean inCluster) {
    return kind != FrontendKind.CLUSTER_IP && externalLocal && !inCluster;
  }

  /**
   * The endpoints a new connection chooses from.
   *
   * @param inCluster whether the client is a pod of the cluster or the node itself; such clients
   *     get all endpoints on external addresses, whatever the policy
   */
  public EndpointSet candidates(FrontendKind kind, boolean inCluster) {
    EndpointSet list = isLocalOnly(kind, inCluster) ? selection.local() : selection.cluster();
    return list == null ? EndpointSet.empty() : list;
  }

  /** What happens to a new connection that the source ranges let pass. */
  public Decision decide(FrontendKind kind, boolean inCluster) {
    if (!selection.hasAny()) {
      return Decision.REJECT;
    }
    return candidates(kind, inCluster).isEmpty() ? Decision.DROP : Decision.FORWARD;
  }

  /**
   * Whether the source ranges let a client pass; only load balancer addresses are restricted.
   *
   * @param destination the address the client dialled: a node in the ranges may reach the address
   *     from the address itself
   */
  public boolean admits(
      FrontendKind kind,
      IpAddress source,
      @Nullable IpAddress destination,
      Collection<IpAddress> nodeAddresses) {
    if (kind != FrontendKind.LOAD_BALANCER_IP || sourceRanges.isEmpty() || isInRange(source)) {
      return true;
    }
    if (!source.equals(destination)) {
      return false;
    }
    for (IpAddress nodeAddress : nodeAddresses) {
      if (isInRange(nodeAddress)) {
        return true;
      }
    }
    return false;
  }

  private boolean isInRange(IpAddress source) {
    for (int i = 0; i < sourceRanges.size(); i++) {
      if (sourceRanges.get(i).contains(source)) {
        return true;
      }
    }
    return false;
  }

  /** What happens to a new connection. */
  public enum Decision {
    /** An endpoint of the candidates gets it. */
    FORWARD,
    /** The client is told at once that nobody is there. */
    REJECT,
    /** The client hears nothing. */
    DROP
  }
}
