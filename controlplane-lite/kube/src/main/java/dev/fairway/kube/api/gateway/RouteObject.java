// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.GatewayApiObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What all kinds of routes have. */
public sealed interface RouteObject extends GatewayApiObject
    permits GrpcRoute, HttpRoute, TcpRoute, TlsRoute, UdpRoute {

  /** What the route attaches to. */
  List<ParentRef> parentRefs();

  /** The hosts of the route; empty for those of the listeners, and for kinds without hosts. */
  List<String> hostnames();

  /** The status, by parent and controller. */
  @Nullable RouteStatus status();
}
