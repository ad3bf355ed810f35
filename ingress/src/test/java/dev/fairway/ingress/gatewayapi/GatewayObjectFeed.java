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
    give(documents, Resource.NAMESPACES);
    give(documents, Resource.SECRETS);
    give(documents, Resource.CONFIG_MAPS);
    give(documents, GatewayResources.LISTENER_SETS);
    give(documents, GatewayResources.HTTP_ROUTES);
    give(documents, GatewayResources.GRPC_ROUTES);
    give(documents, GatewayResources.TLS_ROUTES);
    give(documents, GatewayResources.TCP_ROUTES);
    give(documents, GatewayResources.UDP_ROUTES);
    give(documents, GatewayResources.REFERENCE_GRANTS);
    give(documents, GatewayResources.BACKEND_TLS_POLICIES);
    give(documents, GatewayResources.GATEWAYS);
    give(documents, GatewayResources.GATEWAY_CLASSES);
  }

  private <T extends KubeObject> void give(List<ObjectNode> documents, Resource<T> resource) {
    List<T> all = new ArrayList<>();
    for (ObjectNode document : documents) {
      if (document.path("kind").asString("").equals(resource.kind())) {
        all.add(KubeCodec.decode(resource, document));
      }
    }
    controller.listener(resource).onReplace(all, "1");
  }
}
