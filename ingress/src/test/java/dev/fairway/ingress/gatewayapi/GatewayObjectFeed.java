// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.codec.KubeCodec;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Gives a controller the objects of manifests, as its watches would. */
public final class GatewayObjectFeed {
  private final GatewayController controller;

  public GatewayObjectFeed(GatewayController controller) {
    this.controller = controller;
  }

  /** Replaces all objects. */
  public void replace(String manifests) {
    List<ObjectNode> documents = KubeCodec.yamlDocuments(manifests);
    GatewayObjectStore objects = controller.objects();
    give(documents, Resource.NAMESPACES, objects.namespaces);
    give(documents, Resource.SECRETS, objects.secrets);
    give(documents, Resource.CONFIG_MAPS, objects.configMaps);
    give(documents, GatewayResources.LISTENER_SETS, objects.listenerSets);
    give(documents, GatewayResources.HTTP_ROUTES, objects.httpRoutes);
    give(documents, GatewayResources.GRPC_ROUTES, objects.grpcRoutes);
    give(documents, GatewayResources.TLS_ROUTES, objects.tlsRoutes);
    give(documents, GatewayResources.TCP_ROUTES, objects.tcpRoutes);
    give(documents, GatewayResources.UDP_ROUTES, objects.udpRoutes);
    give(documents, GatewayResources.REFERENCE_GRANTS, objects.grants);
    give(documents, GatewayResources.BACKEND_TLS_POLICIES, objects.tlsPolicies);
    give(documents, GatewayResources.GATEWAYS, objects.gateways);
    give(documents, GatewayResources.GATEWAY_CLASSES, objects.classes);
  }

  private static <T extends KubeObject> void give(
      List<ObjectNode> documents, Resource<T> resource, WatchedObjects<T> objects) {
    List<T> all = new ArrayList<>();
    for (ObjectNode document : documents) {
      if (document.path("kind").asString("").equals(resource.kind())) {
        all.add(KubeCodec.decode(resource, document));
      }
    }
    objects.onReplace(all, "1");
  }
}
