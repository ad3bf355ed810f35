// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.translate.gateway.GatewayTranslation.RouteKey;
import dev.fairway.ingress.translate.gateway.GatewayTranslation.Statuses;
import dev.fairway.ingress.translate.gateway.RouteKind;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.RouteObject;
import dev.fairway.kube.api.gateway.RouteStatus;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the statuses of Gateway API objects where they differ from what the objects have. A write
 * names the version that it is made from, so that nothing that somebody else wrote meanwhile is
 * lost; the newer version brings the next try. One virtual thread.
 */
final class StatusWriter implements AutoCloseable {
  private static final Logger LOG = System.getLogger(StatusWriter.class.getName());
  private static final long RETRY_MILLIS = 1000;

  private record Target(Resource<?> resource, ObjectKey key) {}

  private record Write(String resourceVersion, JsonNode status) {}

  private final KubeClient client;
  private final String controller;
  private final InstantSource clock;
  private final Runnable onFailure;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private Map<Target, Write> pending = new LinkedHashMap<>();
  private final Thread writer;
  private boolean closed;

  /**
   * @param controller whose entries in routes and policies are ours
   * @param onFailure called when a write must be tried again without a new version
   */
  StatusWriter(KubeClient client, String controller, InstantSource clock, Runnable onFailure) {
    this.client = client;
    this.controller = controller;
    this.clock = clock;
    this.onFailure = onFailure;
    writer = Thread.ofVirtual().name("gateway-status").start(this::writeLoop);
  }

  /** Takes over the desired state of every object; call from one thread. */
  void update(GatewayObjectStore objects, Statuses statuses) {
    StatusMerge merge =
        new StatusMerge(controller, clock.instant().truncatedTo(ChronoUnit.SECONDS));
    Map<Target, Write> writes = new LinkedHashMap<>();
    for (GatewayClass object : objects.classes.all()) {
      GatewayClass.Status ours = statuses.classes().get(object.key());
      if (ours != null) {
        var wanted = merge.gatewayClass(object.status(), ours);
        add(writes, GatewayResources.GATEWAY_CLASSES, object, object.status(), wanted);
      }
    }
    for (Gateway object : objects.gateways.all()) {
      Gateway.Status ours = statuses.gateways().get(object.key());
      if (ours != null) {
        var wanted = merge.gateway(object.status(), ours);
        add(writes, GatewayResources.GATEWAYS, object, object.status(), wanted);
      }
    }
    for (ListenerSet object : objects.listenerSets.all()) {
      ListenerSet.Status ours = statuses.listenerSets().get(object.key());
      if (ours != null) {
        var wanted = merge.listenerSet(object.status(), ours);
        add(writes, GatewayResources.LISTENER_SETS, object, object.status(), wanted);
      }
    }
    routes(
        writes, merge, statuses, RouteKind.HTTP, GatewayResources.HTTP_ROUTES, objects.httpRoutes);
    routes(
        writes, merge, statuses, RouteKind.GRPC, GatewayResources.GRPC_ROUTES, objects.grpcRoutes);
    routes(writes, merge, statuses, RouteKind.TLS, GatewayResources.TLS_ROUTES, objects.tlsRoutes);
    routes(writes, merge, statuses, RouteKind.TCP, GatewayResources.TCP_ROUTES, objects.tcpRoutes);
    routes(writes, merge, statuses, RouteKind.UDP, GatewayResources.UDP_ROUTES, objects.udpRoutes);
    for (BackendTlsPolicy object : objects.tlsPolicies.all()) {
      var wanted =
          merge.policy(object.status(), statuses.policies().getOrDefault(object.key(), List.of()));
      boolean absent = object.status() == null && wanted.ancestors().isEmpty();
      if (!absent) {
        add(writes, GatewayResources.BACKEND_TLS_POLICIES, object, object.status(), wanted);
      }
    }
    replace(writes);
  }

  private static <T extends RouteObject> void routes(
      Map<Target, Write> writes,
      StatusMerge merge,
      Statuses statuses,
      RouteKind kind,
      Resource<T> resource,
      WatchedObjects<T> objects) {
    for (T object : objects.all()) {
      List<RouteStatus.Parent> ours =
          statuses.routes().getOrDefault(new RouteKey(kind, object.key()), List.of());
      RouteStatus wanted = merge.route(object.status(), ours);
      boolean absent = object.status() == null && wanted.parents().isEmpty();
      if (!absent) {
        add(writes, resource, object, object.status(), wanted);
      }
    }
  }

  private static void add(
      Map<Target, Write> writes,
      Resource<?> resource,
      KubeObject object,
      @Nullable Object present,
      Object wanted) {
    if (!Objects.equals(present, wanted)) {
      writes.put(
          new Target(resource, object.key()),
          new Write(object.metadata().resourceVersion(), KubeCodec.json().valueToTree(wanted)));
    }
  }

  private void replace(Map<Target, Write> writes) {
    lock.lock();
    try {
      pending = writes;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    writer.interrupt();
  }

  private void writeLoop() {
    try {
      while (true) {
        Map.Entry<Target, Write> next = next();
        if (next == null) {
          return;
        }
        if (!write(next.getKey(), next.getValue())) {
          TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
          onFailure.run();
        }
      }
    } catch (InterruptedException stopped) {
      LOG.log(Level.DEBUG, "status writer of Gateways stopped");
    }
  }

  private Map.@Nullable Entry<Target, Write> next() throws InterruptedException {
    lock.lock();
    try {
      while (pending.isEmpty() && !closed) {
        work.await();
      }
      if (closed) {
        return null;
      }
      Map.Entry<Target, Write> first = Map.Entry.copyOf(pending.entrySet().iterator().next());
      pending.remove(first.getKey());
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is nothing to try again before the object changes. */
  private boolean write(Target target, Write write) throws InterruptedException {
    ObjectNode body = KubeCodec.json().createObjectNode();
    body.putObject("metadata").put("resourceVersion", write.resourceVersion());
    body.set("status", complete(target, write.status()));
    try {
      client.patch(
          target.resource(),
          target.key().namespace(),
          target.key().name(),
          "status",
          PatchType.MERGE,
          body);
      return true;
    } catch (KubeApiException refused) {
      boolean outdated = refused.code() == 409 || refused.isNotFound();
      if (!outdated) {
        LOG.log(
            Level.WARNING,
            "status was not written kind={0} object={1}: {2}",
            target.resource().kind(),
            target.key(),
            refused.getMessage());
      }
      return outdated || refused.code() == 422 || refused.code() == 403;
    } catch (IOException unreachable) {
      LOG.log(Level.DEBUG, "status of a Gateway object was not written, trying again", unreachable);
      return false;
    }
  }

  /** Empty lists are not in the tree, but a merge must clear what is there. */
  private static JsonNode complete(Target target, JsonNode status) {
    if (status instanceof ObjectNode object) {
      switch (target.resource().kind()) {
        case "Gateway" -> {
          emptyIfAbsent(object, "addresses");
          emptyIfAbsent(object, "listeners");
          if (!object.has("attachedListenerSets")) {
            object.putNull("attachedListenerSets");
          }
        }
        case "ListenerSet" -> emptyIfAbsent(object, "listeners");
        default -> {}
      }
    }
    return status;
  }

  private static void emptyIfAbsent(ObjectNode object, String list) {
    if (!object.has(list)) {
      object.putArray(list);
    }
  }
}
