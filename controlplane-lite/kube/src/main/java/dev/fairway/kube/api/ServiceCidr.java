// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;

/** A ServiceCIDR (networking.k8s.io/v1): ranges that ClusterIPs are taken from. */
public record ServiceCidr(ObjectMeta metadata, Spec spec) implements KubeObject {
  public ServiceCidr {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(List.of()) : spec;
  }

  /**
   * The ranges.
   *
   * @param cidrs in CIDR notation, one or one of each family
   */
  public record Spec(List<String> cidrs) {
    public Spec {
      cidrs = Absent.asEmpty(cidrs);
    }
  }
}
