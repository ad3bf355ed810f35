// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Asks the API server which kinds it serves. */
public final class Discovery {
  private static final List<Resource<?>> KNOWN =
      List.of(
          Resource.NAMESPACES,
          Resource.NODES,
          Resource.PODS,
          Resource.SERVICES,
          Resource.CONFIG_MAPS,
          Resource.SECRETS,
          Resource.EVENTS,
          Resource.SERVICE_ACCOUNTS,
          Resource.ENDPOINTS,
          Resource.ENDPOINT_SLICES,
          Resource.REPLICA_SETS,
          Resource.DEPLOYMENTS,
          Resource.INGRESSES,
          Resource.INGRESS_CLASSES,
          Resource.LEASES);

  private Discovery() {}

  /**
   * Every kind that can be listed and deleted, in its preferred version. A kind without a record of
   * its own decodes into the metadata alone, carried by a ConfigMap.
   */
  public static List<Resource<? extends KubeObject>> deletable(KubeClient client)
      throws KubeApiException, IOException, InterruptedException {
    List<String> roots = new ArrayList<>();
    roots.add("/api/v1");
    for (JsonNode group : client.raw("GET", "/apis", null).path("groups")) {
      String version = group.path("preferredVersion").path("groupVersion").asString("");
      if (!version.isEmpty()) {
        roots.add("/apis/" + version);
      }
    }
    List<Resource<? extends KubeObject>> found = new ArrayList<>();
    for (String root : roots) {
      for (JsonNode entry : client.raw("GET", root, null).path("resources")) {
        Set<String> verbs = new HashSet<>();
        entry.path("verbs").forEach(verb -> verbs.add(verb.asString("")));
        String plural = entry.path("name").asString("");
        if (plural.indexOf('/') < 0 && verbs.containsAll(Set.of("list", "delete"))) {
          found.add(resource(root, plural, entry));
        }
      }
    }
    return found;
  }

  private static Resource<? extends KubeObject> resource(
      String root, String plural, JsonNode entry) {
    String groupVersion = root.startsWith("/apis/") ? root.substring("/apis/".length()) : "v1";
    for (Resource<?> known : KNOWN) {
      if (known.plural().equals(plural) && known.apiVersion().equals(groupVersion)) {
        return known;
      }
    }
    int slash = groupVersion.indexOf('/');
    return new Resource<>(
        slash < 0 ? "" : groupVersion.substring(0, slash),
        groupVersion.substring(slash + 1),
        plural,
        entry.path("kind").asString(""),
        entry.path("namespaced").asBoolean(false),
        ConfigMap.class);
  }
}
