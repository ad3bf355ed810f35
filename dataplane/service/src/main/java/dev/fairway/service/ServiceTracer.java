// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says what happens to a connection, and why, from a snapshot alone: the same rules the data planes
 * program, applied to one question. Looks at every service, so it is for people, not for packets.
 */
public final class ServiceTracer {
  private final NodeTopology node;
  private final Set<IpAddress> nodeAddresses;
  private final List<IpPrefix> clusterCidrs;
  private final Set<IpAddress> nodePortAddresses;
  private final List<IpPrefix> serviceCidrs;

  /**
   * A tracer for the proxy of one node.
   *
   * @param clusterCidrs ranges of the pods
   * @param nodePortAddresses addresses that answer node ports
   */
  public ServiceTracer(
      NodeTopology node,
      Set<IpAddress> nodeAddresses,
      List<IpPrefix> clusterCidrs,
      Set<IpAddress> nodePortAddresses) {
    this(node, nodeAddresses, clusterCidrs, nodePortAddresses, List.of());
  }

  /**
   * A tracer with ranges of ClusterIPs of its own.
   *
   * @param serviceCidrs connections to an address in them that no service has are dropped; empty
   *     for those of the snapshot
   */
  public ServiceTracer(
      NodeTopology node,
      Set<IpAddress> nodeAddresses,
      List<IpPrefix> clusterCidrs,
      Set<IpAddress> nodePortAddresses,
      List<IpPrefix> serviceCidrs) {
    this.node = node;
    this.nodeAddresses = Set.copyOf(nodeAddresses);
    this.clusterCidrs = List.copyOf(clusterCidrs);
    this.nodePortAddresses = Set.copyOf(nodePortAddresses);
    this.serviceCidrs = List.copyOf(serviceCidrs);
  }

  /** What happens to a new connection. */
  public Trace trace(
      ServiceSnapshot snapshot,
      IpAddress source,
      IpAddress destination,
      int port,
      Protocol protocol) {
    ServiceName active = null;
    for (ServiceInfo service : snapshot.services()) {
      if (!service.isProxied()) {
        continue;
      }
      for (ServicePort servicePort : service.ports()) {
        FrontendKind kind = frontend(service, servicePort, destination, port, protocol);
        if (kind != null) {
          return decide(service, servicePort, kind, source, destination);
        }
      }
      if (service.clusterIps().contains(destination)) {
        active = service.name();
      }
    }
    if (active != null) {
      return none(
          Verdict.REJECT,
          FrontendKind.CLUSTER_IP,
          "service " + active + " has the address, but not this port and protocol");
    }
    List<IpPrefix> cidrs = serviceCidrs.isEmpty() ? snapshot.serviceCidrs() : serviceCidrs;
    for (IpPrefix cidr : cidrs) {
      if (cidr.contains(destination)) {
        return none(Verdict.DROP, null, "no service has this address of ServiceCIDR " + cidr);
      }
    }
    return none(Verdict.NOT_OURS, null, "no service has this address");
  }

  private static Trace none(Verdict verdict, @Nullable FrontendKind kind, String reason) {
    return new Trace(verdict, null, kind, EndpointSet.empty(), reason);
  }

  private @Nullable FrontendKind frontend(
      ServiceInfo service,
      ServicePort servicePort,
      IpAddress destination,
      int port,
      Protocol protocol) {
    if (servicePort.name().protocol() != protocol || !hasFamily(service, destination)) {
      return null;
    }
    if (servicePort.port() == port) {
      if (service.clusterIps().contains(destination)) {
        return FrontendKind.CLUSTER_IP;
      }
      if (service.loadBalancerIps().contains(destination)) {
        return FrontendKind.LOAD_BALANCER_IP;
      }
      if (service.externalIps().contains(destination)) {
        return FrontendKind.EXTERNAL_IP;
      }
    }
    return servicePort.nodePort() == port && port != 0 && nodePortAddresses.contains(destination)
        ? FrontendKind.NODE_PORT
        : null;
  }

  private static boolean hasFamily(ServiceInfo service, IpAddress address) {
    return service.clusterIps().stream().anyMatch(ip -> ip.isV4() == address.isV4());
  }

  private Trace decide(
      ServiceInfo service,
      ServicePort port,
      FrontendKind kind,
      IpAddress source,
      IpAddress destination) {
    PortRoutes routes = PortRoutes.of(service, port, destination.family(), node);
    boolean inCluster =
        nodeAddresses.contains(source) || clusterCidrs.stream().anyMatch(c -> c.contains(source));
    if (!routes.admits(kind, source, destination, nodeAddresses)) {
      return new Trace(
          Verdict.DROP,
          port.name(),
          kind,
          EndpointSet.empty(),
          source + " is not in loadBalancerSourceRanges " + routes.sourceRanges());
    }
    EndpointSet candidates = routes.candidates(kind, inCluster);
    boolean local = routes.isLocalOnly(kind, inCluster);
    return switch (routes.decide(kind, inCluster)) {
      case REJECT ->
          new Trace(
              Verdict.REJECT,
              port.name(),
              kind,
              candidates,
              "none of " + routes.endpoints().size() + " endpoints is ready or serving");
      case DROP ->
          new Trace(
              Verdict.DROP,
              port.name(),
              kind,
              candidates,
              "traffic policy Local and no endpoint on node " + node.nodeName());
      case FORWARD ->
          new Trace(
              Verdict.FORWARD,
              port.name(),
              kind,
              candidates,
              (local ? "policy Local: endpoints of this node" : "policy Cluster")
                  + (inCluster && kind != FrontendKind.CLUSTER_IP ? ", client in the cluster" : "")
                  + (routes.affinityTimeoutSeconds() > 0
                      ? ", sticky for " + routes.affinityTimeoutSeconds() + " s"
                      : ""));
    };
  }

  /** What happens. */
  public enum Verdict {
    /** One of the candidates gets it. */
    FORWARD,
    /** Refused at once. */
    REJECT,
    /** No answer. */
    DROP,
    /** The address belongs to no service. */
    NOT_OURS
  }

  /**
   * The answer.
   *
   * @param port the service port that was dialled, null if it is none
   * @param kind the kind of the dialled address, null if it is no service's
   * @param reason the rule that decided, in words
   */
  public record Trace(
      Verdict verdict,
      @Nullable ServicePortName port,
      @Nullable FrontendKind kind,
      EndpointSet candidates,
      String reason) {}
}
