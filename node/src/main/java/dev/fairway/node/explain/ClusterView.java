// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.ingress.IngressGateway;
import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.source.ServiceTracker;
import dev.fairway.service.source.TrackerOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The objects that explanations look at, as they were at one moment. */
public record ClusterView(
    ServiceSnapshot services,
    List<Node> nodes,
    List<Pod> pods,
    List<Ingress> ingresses,
    List<IngressClass> ingressClasses,
    Map<ObjectKey, Secret> secrets,
    GatewayObjects gateways) {
  private static final long BOUND_SECONDS = 10;
  private static final int FORBIDDEN = 403;

  public ClusterView {
    nodes = List.copyOf(nodes);
    pods = List.copyOf(pods);
    ingresses = List.copyOf(ingresses);
    ingressClasses = List.copyOf(ingressClasses);
    secrets = Map.copyOf(secrets);
  }

  /**
   * Lists everything from an API server. Services, EndpointSlices and Nodes are needed; of other
   * kinds there are none where this user may not list them, or the kind is not installed.
   *
   * @param hidden told of each kind that could not be listed
   */
  public static ClusterView load(KubeClient client, Consumer<String> hidden)
      throws KubeApiException, IOException, InterruptedException {
    Map<ObjectKey, Secret> secrets = new HashMap<>();
    ListOptions tls = ListOptions.fields(IngressGateway.USABLE_SECRETS);
    for (Secret secret : some(client, Resource.SECRETS, tls, "Secrets", hidden)) {
      secrets.put(secret.key(), secret);
    }
    List<Namespace> namespaces =
        some(client, Resource.NAMESPACES, ListOptions.ALL, "Namespaces", hidden);
    ServiceSnapshot services =
        snapshot(all(client, Resource.SERVICES), all(client, Resource.ENDPOINT_SLICES), namespaces);
    return new ClusterView(
        services,
        all(client, Resource.NODES),
        some(client, Resource.PODS, ListOptions.ALL, "Pods", hidden),
        some(client, Resource.INGRESSES, ListOptions.ALL, "Ingresses", hidden),
        some(client, Resource.INGRESS_CLASSES, ListOptions.ALL, "IngressClasses", hidden),
        secrets,
        gateways(client, namespaces, List.copyOf(secrets.values()), services, hidden));
  }

  /** The ConfigMap of a name, or null; asked for as the gateway does, which may only list. */
  public static @Nullable ConfigMap config(KubeClient client, ObjectKey name)
      throws KubeApiException, IOException, InterruptedException {
    ListOptions only = ListOptions.fields("metadata.name=" + name.name());
    List<ConfigMap> found = client.list(Resource.CONFIG_MAPS, name.namespace(), only).items();
    return found.isEmpty() ? null : found.getFirst();
  }

  /** The objects of the Gateway API; none where it is not installed. */
  private static GatewayObjects gateways(
      KubeClient client,
      List<Namespace> namespaces,
      List<Secret> secrets,
      ServiceSnapshot services,
      Consumer<String> hidden)
      throws KubeApiException, IOException, InterruptedException {
    Map<Resource<?>, List<? extends KubeObject>> listed = new HashMap<>();
    listed.put(Resource.NAMESPACES, namespaces);
    listed.put(Resource.SECRETS, secrets);
    for (Resource<? extends KubeObject> kind : GatewayResources.ALL) {
      listed.put(kind, some(client, kind, ListOptions.ALL, kind.kind() + "s", hidden));
    }
    boolean used = !listed.getOrDefault(GatewayResources.GATEWAYS, List.of()).isEmpty();
    listed.put(
        Resource.CONFIG_MAPS,
        used
            ? some(client, Resource.CONFIG_MAPS, ListOptions.ALL, "ConfigMaps", hidden)
            : List.of());
    return GatewayObjects.of(source(listed), services);
  }

  /** Objects by their kind; none of the kinds that are left out. */
  static GatewayObjects.Source source(
      Map<Resource<?>, ? extends List<? extends KubeObject>> lists) {
    return new GatewayObjects.Source() {
      @Override
      public <T extends KubeObject> List<T> list(Resource<T> resource) {
        List<T> found = new ArrayList<>();
        List<? extends KubeObject> known = lists.get(resource);
        if (known != null) {
          known.forEach(object -> found.add(resource.type().cast(object)));
        }
        return found;
      }
    };
  }

  private static <T extends KubeObject> List<T> all(KubeClient client, Resource<T> resource)
      throws KubeApiException, IOException, InterruptedException {
    return client.list(resource, "", ListOptions.ALL).items();
  }

  private static <T extends KubeObject> List<T> some(
      KubeClient client,
      Resource<T> resource,
      ListOptions options,
      String kind,
      Consumer<String> hidden)
      throws KubeApiException, IOException, InterruptedException {
    try {
      return client.list(resource, "", options).items();
    } catch (KubeApiException e) {
      if (e.isNotFound()) {
        return List.of();
      }
      if (e.code() != FORBIDDEN) {
        throw e;
      }
      hidden.accept(kind);
      return List.of();
    }
  }

  /** The model that the data planes make of the same objects. */
  public static ServiceSnapshot snapshot(
      List<Service> services, List<EndpointSlice> slices, List<Namespace> namespaces)
      throws IOException, InterruptedException {
    CompletableFuture<ServiceSnapshot> first = new CompletableFuture<>();
    try (ServiceTracker tracker = new ServiceTracker(TrackerOptions.defaults())) {
      tracker.addListener(delta -> first.complete(delta.after()));
      tracker.namespaces().onReplace(namespaces, "");
      tracker.services().onReplace(services, "");
      tracker.endpointSlices().onReplace(slices, "");
      return first.get(BOUND_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the Services could not be read", e);
    }
  }
}
