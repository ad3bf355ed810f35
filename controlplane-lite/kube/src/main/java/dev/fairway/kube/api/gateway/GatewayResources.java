// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import java.util.List;

/** The resources of the Gateway API. */
public final class GatewayResources {
  /** The API group of all of them. */
  public static final String GROUP = "gateway.networking.k8s.io";

  public static final Resource<GatewayClass> GATEWAY_CLASSES =
      new Resource<>(GROUP, "v1", "gatewayclasses", "GatewayClass", false, GatewayClass.class);
  public static final Resource<Gateway> GATEWAYS =
      new Resource<>(GROUP, "v1", "gateways", "Gateway", true, Gateway.class);
  public static final Resource<ListenerSet> LISTENER_SETS =
      new Resource<>(GROUP, "v1", "listenersets", "ListenerSet", true, ListenerSet.class);
  public static final Resource<HttpRoute> HTTP_ROUTES =
      new Resource<>(GROUP, "v1", "httproutes", "HTTPRoute", true, HttpRoute.class);
  public static final Resource<GrpcRoute> GRPC_ROUTES =
      new Resource<>(GROUP, "v1", "grpcroutes", "GRPCRoute", true, GrpcRoute.class);
  public static final Resource<TlsRoute> TLS_ROUTES =
      new Resource<>(GROUP, "v1", "tlsroutes", "TLSRoute", true, TlsRoute.class);
  public static final Resource<TcpRoute> TCP_ROUTES =
      new Resource<>(GROUP, "v1", "tcproutes", "TCPRoute", true, TcpRoute.class);
  public static final Resource<UdpRoute> UDP_ROUTES =
      new Resource<>(GROUP, "v1", "udproutes", "UDPRoute", true, UdpRoute.class);
  public static final Resource<ReferenceGrant> REFERENCE_GRANTS =
      new Resource<>(GROUP, "v1", "referencegrants", "ReferenceGrant", true, ReferenceGrant.class);
  public static final Resource<BackendTlsPolicy> BACKEND_TLS_POLICIES =
      new Resource<>(
          GROUP, "v1", "backendtlspolicies", "BackendTLSPolicy", true, BackendTlsPolicy.class);

  /** All of them. */
  public static final List<Resource<? extends KubeObject>> ALL =
      List.of(
          GATEWAY_CLASSES,
          GATEWAYS,
          LISTENER_SETS,
          HTTP_ROUTES,
          GRPC_ROUTES,
          TLS_ROUTES,
          TCP_ROUTES,
          UDP_ROUTES,
          REFERENCE_GRANTS,
          BACKEND_TLS_POLICIES);

  private GatewayResources() {}
}
