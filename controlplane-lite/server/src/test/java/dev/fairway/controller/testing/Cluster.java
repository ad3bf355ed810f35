// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A cluster as a test looks at it; an API error is a failure of the test. */
public record Cluster(KubeClient client) {

  /** Creates an object from YAML and returns it. */
  public <T extends KubeObject> T apply(Resource<T> resource, String yaml) {
    ObjectNode tree = KubeCodec.yamlDocuments(yaml).getFirst();
    String namespace =
        resource.namespaced() ? tree.path("metadata").path("namespace").asString("default") : "";
    try {
      return client.create(resource, namespace, tree);
    } catch (KubeApiException | IOException | InterruptedException e) {
      throw new AssertionError(resource.plural(), e);
    }
  }

  /** Every object of a kind. */
  public <T extends KubeObject> List<T> all(Resource<T> resource) {
    return in("", resource);
  }

  /** The objects of a kind in a namespace. */
  public <T extends KubeObject> List<T> in(String namespace, Resource<T> resource) {
    try {
      return client.list(resource, namespace, ListOptions.ALL).items();
    } catch (KubeApiException | IOException | InterruptedException e) {
      throw new AssertionError(resource.plural(), e);
    }
  }
}
