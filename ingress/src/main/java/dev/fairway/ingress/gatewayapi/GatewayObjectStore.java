// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.ingress.translate.gateway.ProxyProtocolSetting;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Everything that a compilation reads, as reflectors deliver it. Thread-safe. */
final class GatewayObjectStore {
  final WatchedObjects<GatewayClass> classes;
  final WatchedObjects<Gateway> gateways;
  final WatchedObjects<ListenerSet> listenerSets;
  final WatchedObjects<HttpRoute> httpRoutes;
  final WatchedObjects<GrpcRoute> grpcRoutes;
  final WatchedObjects<TlsRoute> tlsRoutes;
  final WatchedObjects<TcpRoute> tcpRoutes;
  final WatchedObjects<UdpRoute> udpRoutes;
  final WatchedObjects<ReferenceGrant> grants;
  final WatchedObjects<BackendTlsPolicy> tlsPolicies;
  final WatchedObjects<Namespace> namespaces;
  final WatchedObjects<Secret> secrets;
  final WatchedObjects<ConfigMap> configMaps;
  private final Map<Resource<?>, WatchedObjects<?>> all;
  private volatile @Nullable ServiceSnapshot services;

  /**
   * @param onChange called after a change that matters to the compilation
   * @param onStatus called after a change of a status or of what nobody reads
   */
  GatewayObjectStore(Runnable onChange, Runnable onStatus) {
    classes = byGeneration(onChange, onStatus);
    gateways =
        new WatchedObjects<>(
            (a, b) ->
                isSameGeneration(a, b)
                    && Objects.equals(ProxyProtocolSetting.text(a), ProxyProtocolSetting.text(b)),
            onChange,
            onStatus);
    listenerSets = byGeneration(onChange, onStatus);
    httpRoutes = byGeneration(onChange, onStatus);
    grpcRoutes = byGeneration(onChange, onStatus);
    tlsRoutes = byGeneration(onChange, onStatus);
    tcpRoutes = byGeneration(onChange, onStatus);
    udpRoutes = byGeneration(onChange, onStatus);
    grants = byGeneration(onChange, onStatus);
    tlsPolicies = byGeneration(onChange, onStatus);
    namespaces =
        new WatchedObjects<>(
            (a, b) -> a.metadata().labels().equals(b.metadata().labels()), onChange, () -> {});
    secrets = new WatchedObjects<>((a, b) -> a.data().equals(b.data()), onChange, () -> {});
    configMaps = new WatchedObjects<>((a, b) -> a.data().equals(b.data()), onChange, () -> {});
    all =
        Map.ofEntries(
            Map.entry(GatewayResources.GATEWAY_CLASSES, classes),
            Map.entry(GatewayResources.GATEWAYS, gateways),
            Map.entry(GatewayResources.LISTENER_SETS, listenerSets),
            Map.entry(GatewayResources.HTTP_ROUTES, httpRoutes),
            Map.entry(GatewayResources.GRPC_ROUTES, grpcRoutes),
            Map.entry(GatewayResources.TLS_ROUTES, tlsRoutes),
            Map.entry(GatewayResources.TCP_ROUTES, tcpRoutes),
            Map.entry(GatewayResources.UDP_ROUTES, udpRoutes),
            Map.entry(GatewayResources.REFERENCE_GRANTS, grants),
            Map.entry(GatewayResources.BACKEND_TLS_POLICIES, tlsPolicies),
            Map.entry(Resource.NAMESPACES, namespaces),
            Map.entry(Resource.SECRETS, secrets),
            Map.entry(Resource.CONFIG_MAPS, configMaps));
  }

  /** The objects of a kind; an error where the kind is not one of those above. */
  @SuppressWarnings("unchecked") // each kind is kept with the objects of its type
  <T extends KubeObject> WatchedObjects<T> of(Resource<T> resource) {
    WatchedObjects<?> found = all.get(resource);
    if (found == null) {
      throw new IllegalArgumentException("no Gateway needs objects of kind " + resource.kind());
    }
    return (WatchedObjects<T>) found;
  }

  /** The generation of these kinds changes with their specification and only then. */
  private static <T extends KubeObject> WatchedObjects<T> byGeneration(
      Runnable onChange, Runnable onStatus) {
    return new WatchedObjects<>(GatewayObjectStore::isSameGeneration, onChange, onStatus);
  }

  private static boolean isSameGeneration(KubeObject a, KubeObject b) {
    return a.metadata().generation() == b.metadata().generation()
        && a.metadata().uid().equals(b.metadata().uid());
  }

  void services(ServiceSnapshot snapshot) {
    services = snapshot;
  }

  /** What is known now, or null before every kind was listed. */
  @Nullable GatewayObjects objects() {
    ServiceSnapshot snapshot = services;
    if (snapshot == null) {
      return null;
    }
    for (WatchedObjects<?> kind : all.values()) {
      if (!kind.isListed()) {
        return null;
      }
    }
    Map<String, Map<String, String>> labels = new HashMap<>();
    Map<ObjectKey, Namespace> known = namespaces.map();
    known.values().forEach(n -> labels.put(n.metadata().name(), n.metadata().labels()));
    return new GatewayObjects(
        classes.all(),
        gateways.all(),
        listenerSets.all(),
        httpRoutes.all(),
        grpcRoutes.all(),
        tlsRoutes.all(),
        tcpRoutes.all(),
        udpRoutes.all(),
        grants.all(),
        tlsPolicies.all(),
        labels,
        secrets.map(),
        configMaps.map(),
        snapshot);
  }
}
