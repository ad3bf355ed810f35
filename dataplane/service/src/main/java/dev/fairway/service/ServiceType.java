// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** Type of a Service; each of the first three includes what the one before it does. */
public enum ServiceType {
  CLUSTER_IP,
  NODE_PORT,
  LOAD_BALANCER,
  EXTERNAL_NAME;

  /** The type of that API name; "" means ClusterIP. */
  public static ServiceType ofApiName(String name) {
    return switch (name) {
      case "NodePort" -> NODE_PORT;
      case "LoadBalancer" -> LOAD_BALANCER;
      case "ExternalName" -> EXTERNAL_NAME;
      default -> CLUSTER_IP;
    };
  }
}
