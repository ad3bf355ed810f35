// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Endpoints (core/v1), what came before EndpointSlices. */
public record Endpoints(ObjectMeta metadata, List<Subset> subsets) implements KubeObject {
  public Endpoints {
    metadata = Absent.required(metadata, "metadata");
    subsets = Absent.asEmpty(subsets);
  }

  /** Addresses that all have the same ports. */
  public record Subset(List<Address> addresses, List<Address> notReadyAddresses, List<Port> ports) {
    public Subset {
      addresses = Absent.asEmpty(addresses);
      notReadyAddresses = Absent.asEmpty(notReadyAddresses);
      ports = Absent.asEmpty(ports);
    }
  }

  /** One address. */
  public record Address(
      String ip,
      @Nullable String hostname,
      @Nullable String nodeName,
      @Nullable ObjectReference targetRef) {
    public Address {
      ip = Absent.asEmpty(ip);
    }
  }

  /** A port of all addresses of a subset. */
  public record Port(
      @Nullable String name, int port, @Nullable String protocol, @Nullable String appProtocol) {}
}
