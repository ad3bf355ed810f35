// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Node (core/v1). */
public record Node(ObjectMeta metadata, Spec spec, Status status) implements KubeObject {
  public Node {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(false, List.of(), "", List.of()) : spec;
    status = status == null ? new Status(List.of(), List.of(), Map.of(), Map.of()) : status;
  }

  /** What was asked of the node. */
  public record Spec(
      boolean unschedulable, List<Taint> taints, String podCIDR, List<String> podCIDRs) {
    public Spec {
      taints = Absent.asEmpty(taints);
      podCIDR = Absent.asEmpty(podCIDR);
      podCIDRs = Absent.asEmpty(podCIDRs);
    }
  }

  /** A taint. */
  public record Taint(String key, String value, String effect, @Nullable Instant timeAdded) {
    public Taint {
      key = Absent.asEmpty(key);
      value = Absent.asEmpty(value);
      effect = Absent.asEmpty(effect);
    }
  }

  /** What the node reports; quantities are text such as "500m" or "1Gi". */
  public record Status(
      List<Address> addresses,
      List<Condition> conditions,
      Map<String, String> capacity,
      Map<String, String> allocatable) {
    public Status {
      addresses = Absent.asEmpty(addresses);
      conditions = Absent.asEmpty(conditions);
      capacity = Absent.asEmpty(capacity);
      allocatable = Absent.asEmpty(allocatable);
    }
  }

  /**
   * An address.
   *
   * @param type InternalIP, ExternalIP or Hostname
   */
  public record Address(String type, String address) {
    public Address {
      type = Absent.asEmpty(type);
      address = Absent.asEmpty(address);
    }
  }

  /** The first address of a type, or null. */
  public @Nullable String address(String type) {
    for (Address address : status.addresses()) {
      if (address.type().equals(type)) {
        return address.address();
      }
    }
    return null;
  }

  /** Whether the Ready condition is True. */
  public boolean isReady() {
    for (Condition condition : status.conditions()) {
      if (condition.type().equals("Ready")) {
        return condition.isTrue();
      }
    }
    return false;
  }
}
