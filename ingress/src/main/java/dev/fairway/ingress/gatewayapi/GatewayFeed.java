// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.Reflector;
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
 * there is one. One virtual thread.
 */
public final class GatewayFeed implements AutoCloseable {
  private static final Logger LOG = System.getLogger(GatewayFeed.class.getName());
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final KubeClient client;
  private final Duration interval;
  private final GatewayController controller;
  private final boolean secrets;
  private final List<Resource<? extends KubeObject>> waiting =
      new ArrayList<>(GatewayResources.ALL);
  private final List<Reflector<?>> reflectors = new ArrayList<>();
  private final Thread thread;
  private boolean known;
  private boolean served;
  private volatile boolean closed;

  /**
   * @param secrets whether Secrets are watched too; else somebody else delivers them
   */
  public GatewayFeed(KubeClient client, GatewayController controller, boolean secrets) {
    this(client, controller, secrets, INTERVAL);
  }

  /**
   * @param secrets whether Secrets are watched too; else somebody else delivers them
   * @param interval between two questions for kinds that are not installed
   */
  public GatewayFeed(
      KubeClient client, GatewayController controller, boolean secrets, Duration interval) {
    this.client = client;
    this.controller = controller;
    this.secrets = secrets;
    this.interval = interval;
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
    for (Resource<? extends KubeObject> kind : List.copyOf(waiting)) {
      if (installed.contains(kind.plural())) {
        waiting.remove(kind);
        follow(kind, ListOptions.ALL);
      } else if (!known) {
        controller.listener(kind).onReplace(List.of(), "");
      }
    }
    known = true;
    if (!served && !installed.isEmpty()) {
      served = true;
      LOG.log(Level.INFO, "the Gateway API is installed kinds={0}", installed.size());
      follow(Resource.NAMESPACES, ListOptions.ALL);
      follow(Resource.CONFIG_MAPS, ListOptions.ALL);
      if (secrets) {
        follow(Resource.SECRETS, ListOptions.fields("type=kubernetes.io/tls"));
      }
    }
  }

  private <T extends KubeObject> void follow(Resource<T> resource, ListOptions selector) {
    Reflector<T> reflector =
        new Reflector<>(
            client, resource, selector, controller.listener(resource), ReflectorOptions.defaults());
    synchronized (reflectors) {
      if (!closed) {
        reflectors.add(reflector);
        reflector.start();
      }
    }
  }
}
