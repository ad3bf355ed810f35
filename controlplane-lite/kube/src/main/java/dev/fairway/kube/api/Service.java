// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Service (core/v1). */
public record Service(ObjectMeta metadata, Spec spec, Status status) implements KubeObject {

  public Service {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? Spec.EMPTY : spec;
    status = status == null ? Status.EMPTY : status;
  }

  /**
   * What the user asked for, with the defaults that the API server filled in.
   *
   * @param type ClusterIP, NodePort, LoadBalancer or ExternalName
   * @param clusterIP "" not yet allocated, "None" headless
   * @param sessionAffinity None or ClientIP
   */
  public record Spec(
      String type,
      String clusterIP,
      List<String> clusterIPs,
      List<String> ipFamilies,
      String ipFamilyPolicy,
      List<String> externalIPs,
      String externalName,
      Map<String, String> selector,
      List<Port> ports,
      String sessionAffinity,
      @Nullable SessionAffinityConfig sessionAffinityConfig,
      String internalTrafficPolicy,
      String externalTrafficPolicy,
      int healthCheckNodePort,
      boolean publishNotReadyAddresses,
      String trafficDistribution,
      String loadBalancerIP,
      String loadBalancerClass,
      List<String> loadBalancerSourceRanges,
      @Nullable Boolean allocateLoadBalancerNodePorts) {
    static final Spec EMPTY =
        new Spec(
            "", "", List.of(), List.of(), "", List.of(), "", Map.of(), List.of(), "", null, "", "",
            0, false, "", "", "", List.of(), null);

    public Spec {
      type = Absent.asEmpty(type);
      clusterIP = Absent.asEmpty(clusterIP);
      clusterIPs = Absent.asEmpty(clusterIPs);
      ipFamilies = Absent.asEmpty(ipFamilies);
      ipFamilyPolicy = Absent.asEmpty(ipFamilyPolicy);
      externalIPs = Absent.asEmpty(externalIPs);
      externalName = Absent.asEmpty(externalName);
      selector = Absent.asEmpty(selector);
      ports = Absent.asEmpty(ports);
      sessionAffinity = Absent.asEmpty(sessionAffinity);
      internalTrafficPolicy = Absent.asEmpty(internalTrafficPolicy);
      externalTrafficPolicy = Absent.asEmpty(externalTrafficPolicy);
      trafficDistribution = Absent.asEmpty(trafficDistribution);
      loadBalancerIP = Absent.asEmpty(loadBalancerIP);
      loadBalancerClass = Absent.asEmpty(loadBalancerClass);
      loadBalancerSourceRanges = Absent.asEmpty(loadBalancerSourceRanges);
    }
  }

  /**
   * One port.
   *
   * @param protocol TCP, UDP or SCTP; "" means TCP
   * @param nodePort 0 where there is none
   */
  public record Port(
      String name,
      String protocol,
      String appProtocol,
      int port,
      @Nullable IntOrString targetPort,
      int nodePort) {
    public Port {
      name = Absent.asEmpty(name);
      protocol = Absent.asEmpty(protocol);
      appProtocol = Absent.asEmpty(appProtocol);
    }
  }

  /** Settings of ClientIP affinity. */
  public record SessionAffinityConfig(@Nullable ClientIp clientIP) {
    /** The sticky time, 1..86400 s, 10800 by default. */
    public record ClientIp(@Nullable Integer timeoutSeconds) {}
  }

  /** What the cluster reports. */
  public record Status(@Nullable LoadBalancerStatus loadBalancer) {
    static final Status EMPTY = new Status(null);

    /** The addresses of the load balancer, none before one was assigned. */
    public List<LoadBalancerIngress> ingress() {
      return loadBalancer == null ? List.of() : loadBalancer.ingress();
    }
  }

  /** The load balancer's addresses. */
  public record LoadBalancerStatus(List<LoadBalancerIngress> ingress) {
    public LoadBalancerStatus {
      ingress = Absent.asEmpty(ingress);
    }
  }

  /**
   * One address of the load balancer.
   *
   * @param ipMode VIP, Proxy or "" (means VIP)
   */
  public record LoadBalancerIngress(String ip, String hostname, String ipMode) {
    public LoadBalancerIngress {
      ip = Absent.asEmpty(ip);
      hostname = Absent.asEmpty(hostname);
      ipMode = Absent.asEmpty(ipMode);
    }
  }
}
