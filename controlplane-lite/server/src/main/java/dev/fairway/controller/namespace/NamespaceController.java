// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.namespace;

import dev.fairway.controller.runtime.Discovery;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import java.io.IOException;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes everything in a namespace that is being deleted, of every kind that the server serves,
 * and then lets the namespace go.
 */
public final class NamespaceController implements Reconciler {
  private static final Duration NEXT_LOOK = Duration.ofMillis(250);

  private final KubeClient client;
  private final KindStore<Namespace> namespaces;

  /** A controller whose triggers fill the queue. */
  public NamespaceController(
      KubeClient client, SharedInformers informers, WorkQueue<ObjectKey> queue) {
    this.client = client;
    this.namespaces = informers.of(Resource.NAMESPACES);
    namespaces.onChange((old, now) -> {
      if (now != null && now.metadata().isTerminating()) {
        queue.add(now.key());
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Namespace namespace = namespaces.get(key);
    if (namespace == null || !namespace.metadata().isTerminating()) {
      return Result.DONE;
    }
    int left = 0;
    for (Resource<? extends KubeObject> resource : Discovery.deletable(client)) {
      if (resource.namespaced()) {
        left += empty(resource, key.name());
      }
    }
    if (left > 0) {
      return Result.after(NEXT_LOOK);
    }
    finish(namespace);
    return Result.DONE;
  }

  /** Asks for the deletion of what is there; answers how much that was. */
  private <T extends KubeObject> int empty(Resource<T> resource, String namespace)
      throws KubeApiException, IOException, InterruptedException {
    int count = 0;
    for (T object : client.list(resource, namespace, ListOptions.ALL).items()) {
      count++;
      if (object.metadata().isTerminating()) {
        continue;
      }
      try {
        client.delete(
            resource,
            namespace,
            object.metadata().name(),
            DeleteOptions.uid(object.metadata().uid()).withPropagation("Background"));
      } catch (KubeApiException e) {
        if (!e.isNotFound() && !e.isConflict()) {
          throw e;
        }
      }
    }
    return count;
  }

  private void finish(Namespace namespace)
      throws KubeApiException, IOException, InterruptedException {
    String path = Resource.NAMESPACES.path("") + "/" + namespace.metadata().name();
    try {
      ObjectNode tree = client.raw("GET", path, null);
      Trees.child(tree, "spec").putArray("finalizers");
      ObjectNode unused = client.raw("PUT", path + "/finalize", tree);
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }
}
