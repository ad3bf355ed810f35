// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A backend of a route, or the target of a mirror.
 *
 * @param group "" where absent
 * @param kind Service where absent
 * @param namespace null for the route's
 * @param port required for a Service
 * @param weight 1 where absent
 * @param filters only of HTTP and gRPC routes
 */
public record BackendReference(
    @Nullable String group,
    @Nullable String kind,
    @Nullable String namespace,
    String name,
    @Nullable Integer port,
    @Nullable Integer weight,
    List<HttpFilter> filters) {
  public BackendReference {
    name = Absent.asEmpty(name);
    filters = Absent.asEmpty(filters);
  }
}
