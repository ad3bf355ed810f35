// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** Address family. */
public enum IpFamily {
  IPV4("IPv4"),
  IPV6("IPv6");

  private final String apiName;

  IpFamily(String apiName) {
    this.apiName = apiName;
  }

  /** The name the Kubernetes API and kube-proxy's metrics use. */
  public String apiName() {
    return apiName;
  }
}
