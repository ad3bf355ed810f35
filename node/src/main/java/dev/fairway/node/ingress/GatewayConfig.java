// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;

/** The ConfigMap of the gateway, as it is when the gateway starts. */
final class GatewayConfig {
  private static final Logger LOG = System.getLogger(GatewayConfig.class.getName());

  private GatewayConfig() {}

  /** Selects one object. */
  static ListOptions only(ObjectKey name) {
    return ListOptions.fields(
        "metadata.namespace=" + name.namespace() + ",metadata.name=" + name.name());
  }

  /** The data; none where there is no such ConfigMap or it cannot be read. */
  static Map<String, String> read(ApiTransport transport, ObjectKey name) {
    try {
      List<ConfigMap> found =
          new KubeClient(transport).list(Resource.CONFIG_MAPS, "", only(name)).items();
      return found.isEmpty() ? Map.of() : found.getFirst().data();
    } catch (KubeApiException | IOException unreadable) {
      LOG.log(
          Level.WARNING,
          "configmap {0} cannot be read, the gateway starts without it: {1}",
          name,
          unreadable.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return Map.of();
  }
}
