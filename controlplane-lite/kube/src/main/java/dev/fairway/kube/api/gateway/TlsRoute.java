// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A TLSRoute: connections by the host that TLS names. */
public record TlsRoute(ObjectMeta metadata, StreamSpec spec, @Nullable RouteStatus status)
    implements RouteObject {
  public TlsRoute {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? StreamSpec.EMPTY : spec;
  }

  @Override
  public List<ParentRef> parentRefs() {
    return spec.parentRefs();
  }

  @Override
  public List<String> hostnames() {
    return spec.hostnames();
  }
}
