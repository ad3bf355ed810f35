// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.status.StatusQueue;
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
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the statuses of Gateway API objects where they differ from what the objects have. A write
 * names the version that it is made from, so that nothing that somebody else wrote meanwhile is
 * lost; the newer version brings the next try. Confined to the thread that updates.
 */
final class StatusWriter implements AutoCloseable {
  private record Target(Resource<?> resource, ObjectKey key) {
    @Override
    public String toString() {
      return resource.kind() + " " + key;
    }
  }

  private record Write(String resourceVersion, JsonNode status) {}

  /** An object whose status says what we say. */
  private record Settled(KubeObject object, Object ours) {}

  private final KubeClient client;
  private final String controller;
  private final InstantSource clock;
  private final StatusQueue<Target, Write> queue;

  /** Nothing has to be done about these until they, or what we say of them, are others. */
  private Map<Target, Settled> settled = Map.of();

  /**
   * @param controller whose entries in routes and policies are ours
   */
  StatusWriter(KubeClient client, String controller, InstantSource clock) {
    this.client = client;
    this.controller = controller;
    this.clock = clock;
    queue = new StatusQueue<>("gateway", this::write);
  }

  /** Takes over the desired state of every object; call from one thread. */
  void update(GatewayObjectStore objects, Statuses statuses) {
    Round round =
        new Round(new StatusMerge(controller, clock.instant().truncatedTo(ChronoUnit.SECONDS)));
    for (GatewayClass object : objects.classes.all()) {
      GatewayClass.Status ours = statuses.classes().get(object.key());
      if (ours != null) {
        round.add(
            GatewayResources.GATEWAY_CLASSES,
            object,
            object.status(),
            ours,
            merge -> merge.gatewayClass(object.status(), ours));
      }
    }
    for (Gateway object : objects.gateways.all()) {
      Gateway.Status ours = statuses.gateways().get(object.key());
      if (ours != null) {
        round.add(
            GatewayResources.GATEWAYS,
            object,
            object.status(),
            ours,
            merge -> merge.gateway(object.status(), ours));
      }
    }
    for (ListenerSet object : objects.listenerSets.all()) {
      ListenerSet.Status ours = statuses.listenerSets().get(object.key());
      if (ours != null) {
        round.add(
            GatewayResources.LISTENER_SETS,
            object,
            object.status(),
            ours,
            merge -> merge.listenerSet(object.status(), ours));
      }
    }
    round.addRoutes(statuses, RouteKind.HTTP, GatewayResources.HTTP_ROUTES, objects.httpRoutes);
    round.addRoutes(statuses, RouteKind.GRPC, GatewayResources.GRPC_ROUTES, objects.grpcRoutes);
    round.addRoutes(statuses, RouteKind.TLS, GatewayResources.TLS_ROUTES, objects.tlsRoutes);
    round.addRoutes(statuses, RouteKind.TCP, GatewayResources.TCP_ROUTES, objects.tcpRoutes);
    round.addRoutes(statuses, RouteKind.UDP, GatewayResources.UDP_ROUTES, objects.udpRoutes);
    for (BackendTlsPolicy object : objects.tlsPolicies.all()) {
      List<BackendTlsPolicy.Ancestor> ours =
          statuses.policies().getOrDefault(object.key(), List.of());
      if (object.status() != null || !ours.isEmpty()) {
        round.add(
            GatewayResources.BACKEND_TLS_POLICIES,
            object,
            object.status(),
            ours,
            merge -> merge.policy(object.status(), ours));
      }
    }
    settled = round.settled;
    queue.replace(round.writes);
  }

  /** Another replica writes. */
  void pause() {
    settled = Map.of();
    queue.replace(Map.of());
  }

  /** What has to be written for one state of all objects. */
  private final class Round {
    final Map<Target, Write> writes = new LinkedHashMap<>();
    final Map<Target, Settled> settled = new HashMap<>();
    private final StatusMerge merge;

    Round(StatusMerge merge) {
      this.merge = merge;
    }

    /**
     * Adds an object.
     *
     * @param ours what we say of it
     * @param wanted the status that it should have
     */
    @SuppressWarnings("ReferenceEquality") // another object is enough to look again
    void add(
        Resource<?> resource,
        KubeObject object,
        @Nullable Object present,
        Object ours,
        Function<StatusMerge, Object> wanted) {
      Target target = new Target(resource, object.key());
      Settled before = StatusWriter.this.settled.get(target);
      if (before != null && before.object == object && before.ours.equals(ours)) {
        settled.put(target, before);
        return;
      }
      Object status = wanted.apply(merge);
      if (status.equals(present)) {
        settled.put(target, new Settled(object, ours));
      } else {
        JsonNode tree = KubeCodec.json().valueToTree(status);
        writes.put(target, new Write(object.metadata().resourceVersion(), tree));
      }
    }

    <T extends RouteObject> void addRoutes(
        Statuses statuses, RouteKind kind, Resource<T> resource, WatchedObjects<T> objects) {
      for (T object : objects.all()) {
        List<RouteStatus.Parent> ours =
            statuses.routes().getOrDefault(new RouteKey(kind, object.key()), List.of());
        if (object.status() != null || !ours.isEmpty()) {
          add(resource, object, object.status(), ours, of -> of.route(object.status(), ours));
        }
      }
    }
  }

  @Override
  public void close() {
    queue.close();
  }

  private void write(Target target, Write write)
      throws IOException, KubeApiException, InterruptedException {
    ObjectNode body = KubeCodec.json().createObjectNode();
    body.putObject("metadata").put("resourceVersion", write.resourceVersion());
    body.set("status", complete(target, write.status()));
    client.patch(
        target.resource(),
        target.key().namespace(),
        target.key().name(),
        "status",
        PatchType.MERGE,
        body);
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
