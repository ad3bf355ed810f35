// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import tools.jackson.databind.JsonNode;

/** What the type and policies of a Service make it need. Takes the spec. */
final class ServiceType {
  static final String CLUSTER_IP = "ClusterIP";
  static final String NODE_PORT = "NodePort";
  static final String LOAD_BALANCER = "LoadBalancer";
  static final String EXTERNAL_NAME = "ExternalName";
  static final String NONE = "None";

  private ServiceType() {}

  static String of(JsonNode spec) {
    return Tree.text(spec, "type");
  }

  static boolean is(JsonNode spec, String type) {
    return of(spec).equals(type);
  }

  static boolean needsClusterIp(JsonNode spec) {
    return switch (of(spec)) {
      case CLUSTER_IP, NODE_PORT, LOAD_BALANCER -> true;
      default -> false;
    };
  }

  static boolean isHeadless(JsonNode spec) {
    return spec.path("clusterIPs").path(0).asString("").equals(NONE)
        || (spec.path("clusterIPs").isEmpty() && Tree.text(spec, "clusterIP").equals(NONE));
  }

  /** Whether node ports may stand in the spec. */
  static boolean usesNodePorts(JsonNode spec) {
    return is(spec, NODE_PORT) || is(spec, LOAD_BALANCER);
  }

  /** Whether ports without a node port get one. */
  static boolean wantsNodePorts(JsonNode spec) {
    return is(spec, NODE_PORT)
        || (is(spec, LOAD_BALANCER) && spec.path("allocateLoadBalancerNodePorts").asBoolean(true));
  }

  static boolean isExternallyAccessible(JsonNode spec) {
    return usesNodePorts(spec) || (is(spec, CLUSTER_IP) && !spec.path("externalIPs").isEmpty());
  }

  static boolean needsHealthCheckNodePort(JsonNode spec) {
    return is(spec, LOAD_BALANCER) && Tree.text(spec, "externalTrafficPolicy").equals("Local");
  }
}
