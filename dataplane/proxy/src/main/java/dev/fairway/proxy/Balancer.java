// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.ServiceInfo;

/** How an endpoint is chosen for a new connection whose client has no affinity. */
public enum Balancer {
  /** All equally likely; what kube-proxy does. */
  RANDOM("random"),
  /** One after the other. */
  ROUND_ROBIN("round-robin"),
  /** The one with the fewest open connections of this proxy. */
  LEAST_CONNECTIONS("least-connections"),
  /** By the client's address: the same client meets the same endpoint, on every node. */
  MAGLEV("maglev");

  /** The annotation of a Service that names one. */
  public static final String ANNOTATION = "fairway.dev/balancer";

  private final String text;

  Balancer(String text) {
    this.text = text;
  }

  /** What a Service asks for; {@link #RANDOM} if it asks for nothing that is known. */
  public static Balancer of(ServiceInfo service) {
    String wanted = service.annotations().get(ANNOTATION);
    for (Balancer balancer : values()) {
      if (balancer.text.equals(wanted)) {
        return balancer;
      }
    }
    return RANDOM;
  }

  /** The annotation's value. */
  @Override
  public String toString() {
    return text;
  }
}
