// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Removes the nodes that an earlier, larger cluster of the state directory had, with their pods:
 * nothing of them can be running, so nobody has to wait for them.
 */
final class FormerNodes {
  private final KubeClient client;

  FormerNodes(KubeClient client) {
    this.client = client;
  }

  void remove(int nodes) throws IOException, InterruptedException {
    try {
      Set<String> former = new HashSet<>();
      for (Node node : client.list(Resource.NODES, "", ListOptions.ALL).items()) {
        if (isFormer(node.metadata().name(), nodes)) {
          former.add(node.metadata().name());
        }
      }
      if (former.isEmpty()) {
        return;
      }
      for (String name : former) {
        delete(Resource.NODES, "", name, DeleteOptions.NONE);
      }
      for (Pod pod : client.list(Resource.PODS, "", ListOptions.ALL).items()) {
        if (former.contains(pod.spec().nodeName())) {
          delete(
              Resource.PODS,
              pod.metadata().namespace(),
              pod.metadata().name(),
              DeleteOptions.grace(0).withUid(pod.metadata().uid()));
        }
      }
    } catch (KubeApiException e) {
      throw new IOException("former nodes cannot be removed: " + e.getMessage(), e);
    }
  }

  private static boolean isFormer(String name, int nodes) {
    for (int k = nodes + 1; k <= ClusterConfig.MAX_NODES; k++) {
      if (name.equals(ClusterConfig.nodeName(k))) {
        return true;
      }
    }
    return false;
  }

  private void delete(Resource<?> resource, String namespace, String name, DeleteOptions options)
      throws KubeApiException, IOException, InterruptedException {
    try {
      client.delete(resource, namespace, name, options);
    } catch (KubeApiException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
  }
}
