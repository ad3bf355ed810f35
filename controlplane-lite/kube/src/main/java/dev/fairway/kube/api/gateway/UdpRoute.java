// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A UDPRoute: the datagrams of a port. */
public record UdpRoute(ObjectMeta metadata, StreamSpec spec, @Nullable RouteStatus status)
    implements RouteObject {
  public UdpRoute {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? StreamSpec.EMPTY : spec;
  }

  @Override
  public List<ParentRef> parentRefs() {
    return spec.parentRefs();
  }

  @Override
  public List<String> hostnames() {
    return List.of();
  }
}
