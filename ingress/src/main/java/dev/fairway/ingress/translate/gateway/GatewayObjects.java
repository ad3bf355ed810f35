// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.GrpcRoute;
import dev.fairway.kube.api.gateway.HttpRoute;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ReferenceGrant;
import dev.fairway.kube.api.gateway.TcpRoute;
import dev.fairway.kube.api.gateway.TlsRoute;
import dev.fairway.kube.api.gateway.UdpRoute;
import dev.fairway.service.ServiceSnapshot;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
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
    ServiceSnapshot services) {
  /** Where objects are listed. */
  public interface Source {
    /** All objects of a kind. */
    <T extends KubeObject> List<T> list(Resource<T> resource);
  }

  /** Everything that a compilation reads, from one place. */
  public static GatewayObjects of(Source source, ServiceSnapshot services) {
    Map<String, Map<String, String>> labels = new HashMap<>();
    for (Namespace namespace : source.list(Resource.NAMESPACES)) {
      labels.put(namespace.metadata().name(), namespace.metadata().labels());
    }
    return new GatewayObjects(
        source.list(GatewayResources.GATEWAY_CLASSES),
        source.list(GatewayResources.GATEWAYS),
        source.list(GatewayResources.LISTENER_SETS),
        source.list(GatewayResources.HTTP_ROUTES),
        source.list(GatewayResources.GRPC_ROUTES),
        source.list(GatewayResources.TLS_ROUTES),
        source.list(GatewayResources.TCP_ROUTES),
        source.list(GatewayResources.UDP_ROUTES),
        source.list(GatewayResources.REFERENCE_GRANTS),
        source.list(GatewayResources.BACKEND_TLS_POLICIES),
        labels,
        byKey(source.list(Resource.SECRETS)),
        byKey(source.list(Resource.CONFIG_MAPS)),
        services);
  }

  private static <T extends KubeObject> Map<ObjectKey, T> byKey(List<T> objects) {
    Map<ObjectKey, T> result = HashMap.newHashMap(objects.size());
    objects.forEach(object -> result.put(object.key(), object));
    return result;
  }

  /** The same with other classes and Gateways. */
  public GatewayObjects with(
      Collection<GatewayClass> otherClasses, Collection<Gateway> otherGateways) {
    return new GatewayObjects(
        otherClasses,
        otherGateways,
        listenerSets,
        httpRoutes,
        grpcRoutes,
        tlsRoutes,
        tcpRoutes,
        udpRoutes,
        grants,
        tlsPolicies,
        namespaceLabels,
        secrets,
        configMaps,
        services);
  }
}
