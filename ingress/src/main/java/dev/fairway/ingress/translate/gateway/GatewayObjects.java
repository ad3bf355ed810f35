// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.GrpcRoute;
import dev.fairway.kube.api.gateway.HttpRoute;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ReferenceGrant;
import dev.fairway.kube.api.gateway.TcpRoute;
import dev.fairway.kube.api.gateway.TlsRoute;
import dev.fairway.kube.api.gateway.UdpRoute;
import dev.fairway.service.ServiceSnapshot;
import java.util.Collection;
import java.util.Map;

/**
 * What a compilation reads.
 *
 * @param namespaceLabels labels by the name of the namespace
 * @param configMaps those that may hold the certificates of authorities
 */
public record GatewayObjects(
    Collection<GatewayClass> classes,
    Collection<Gateway> gateways,
    Collection<ListenerSet> listenerSets,
    Collection<HttpRoute> httpRoutes,
    Collection<GrpcRoute> grpcRoutes,
    Collection<TlsRoute> tlsRoutes,
    Collection<TcpRoute> tcpRoutes,
    Collection<UdpRoute> udpRoutes,
    Collection<ReferenceGrant> grants,
    Collection<BackendTlsPolicy> tlsPolicies,
    Map<String, Map<String, String>> namespaceLabels,
    Map<ObjectKey, Secret> secrets,
    Map<ObjectKey, ConfigMap> configMaps,
    ServiceSnapshot services) {}
