// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.Reflector;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.kube.client.ReflectorOptions;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Watches the kinds of the Gateway API as soon as an API server has them. Kinds that are not
 * installed count as empty and are asked for every few seconds. Nothing else is watched before
 * there is a GatewayClass kind. One virtual thread.
 */
public final class GatewayFeed implements AutoCloseable {
  private static final Logger LOG = System.getLogger(GatewayFeed.class.getName());
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /** A kind that may not be installed. */
  private record Kind<T extends KubeObject>(Resource<T> resource, WatchedObjects<T> listener) {}

  private final KubeClient client;
  private final Duration interval;
  private final GatewayObjectStore objects;
  private final List<Kind<?>> waiting;
  private final List<Reflector<?>> reflectors = new ArrayList<>();
  private final Thread thread;
  private boolean known;
  private boolean served;
  private volatile boolean closed;

  public GatewayFeed(KubeClient client, GatewayController controller) {
    this(client, controller, INTERVAL);
  }

  /**
   * @param interval between two questions for kinds that are not installed
   */
  public GatewayFeed(KubeClient client, GatewayController controller, Duration interval) {
    this.client = client;
    this.interval = interval;
    objects = controller.objects();
    waiting =
        new ArrayList<>(
            List.of(
                new Kind<>(GatewayResources.GATEWAY_CLASSES, objects.classes),
                new Kind<>(GatewayResources.GATEWAYS, objects.gateways),
                new Kind<>(GatewayResources.LISTENER_SETS, objects.listenerSets),
                new Kind<>(GatewayResources.HTTP_ROUTES, objects.httpRoutes),
                new Kind<>(GatewayResources.GRPC_ROUTES, objects.grpcRoutes),
                new Kind<>(GatewayResources.TLS_ROUTES, objects.tlsRoutes),
                new Kind<>(GatewayResources.TCP_ROUTES, objects.tcpRoutes),
                new Kind<>(GatewayResources.UDP_ROUTES, objects.udpRoutes),
                new Kind<>(GatewayResources.REFERENCE_GRANTS, objects.grants),
                new Kind<>(GatewayResources.BACKEND_TLS_POLICIES, objects.tlsPolicies)));
    thread = Thread.ofVirtual().name("gateway-discovery").unstarted(this::discover);
  }

  /** Starts to ask for the kinds. */
  public void start() {
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    synchronized (reflectors) {
      reflectors.forEach(Reflector::close);
    }
  }

  private void discover() {
    try {
      while (!closed && !waiting.isEmpty()) {
        Set<String> installed = installed();
        if (installed != null) {
          follow(installed);
        }
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
      }
    } catch (InterruptedException stopped) {
      LOG.log(Level.DEBUG, "discovery of the Gateway API stopped");
    }
  }

  /** The plural names of the kinds that the API server has, or null where it does not answer. */
  private @Nullable Set<String> installed() throws InterruptedException {
    Set<String> names = new HashSet<>();
    try {
      JsonNode list = client.raw("GET", "/apis/" + GatewayResources.GROUP + "/v1", null);
      for (JsonNode resource : list.path("resources")) {
        names.add(resource.path("name").asString(""));
      }
      return names;
    } catch (KubeApiException refused) {
      return refused.isNotFound() ? names : null;
    } catch (IOException unreachable) {
      LOG.log(Level.DEBUG, "the API server did not say which kinds it has", unreachable);
      return null;
    }
  }

  private void follow(Set<String> installed) {
    for (Kind<?> kind : List.copyOf(waiting)) {
      if (installed.contains(kind.resource.plural())) {
        waiting.remove(kind);
        watch(kind);
      } else if (!known) {
        kind.listener.onReplace(List.of(), "");
      }
    }
    known = true;
    if (!served && !installed.isEmpty()) {
      served = true;
      LOG.log(Level.INFO, "the Gateway API is installed kinds={0}", installed.size());
      follow(Resource.NAMESPACES, ListOptions.ALL, objects.namespaces);
      follow(Resource.SECRETS, ListOptions.fields("type=kubernetes.io/tls"), objects.secrets);
      follow(Resource.CONFIG_MAPS, ListOptions.ALL, objects.configMaps);
    }
  }

  private <T extends KubeObject> void watch(Kind<T> kind) {
    follow(kind.resource, ListOptions.ALL, kind.listener);
  }

  private <T extends KubeObject> void follow(
      Resource<T> resource, ListOptions selector, ReflectorListener<T> listener) {
    Reflector<T> reflector =
        new Reflector<>(client, resource, selector, listener, ReflectorOptions.defaults());
    synchronized (reflectors) {
      if (!closed) {
        reflectors.add(reflector);
        reflector.start();
      }
    }
  }
}
