// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.gc;

import dev.fairway.controller.gc.OwnerGraph.Item;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes objects whose owners are all gone (background), lets go of owners whose dependents are
 * gone (foreground), and frees the dependents of owners that are deleted without them (orphan). An
 * owner is the object with the uid of the reference, nothing else; that it is gone is asked of the
 * API before anything is deleted. Keys of its queue are uids.
 */
public final class GarbageCollector implements Reconciler {
  private final KubeClient client;
  private final WorkQueue<ObjectKey> queue;
  private final OwnerGraph graph = new OwnerGraph();
  private final Map<String, Resource<?>> kinds = new ConcurrentHashMap<>();

  /** A collector that watches nothing yet. */
  public GarbageCollector(KubeClient client, WorkQueue<ObjectKey> queue) {
    this.client = client;
    this.queue = queue;
  }

  /** Takes a kind into the graph. */
  public <T extends KubeObject> void watch(KindStore<T> store) {
    Resource<T> resource = store.resource();
    kinds.put(resource.apiVersion() + "/" + resource.kind(), resource);
    store.onChange((old, now) -> {
      if (now != null) {
        if (old != null && !old.metadata().uid().equals(now.metadata().uid())) {
          gone(new Item<>(resource, old));
        }
        seen(new Item<>(resource, now), old);
      } else if (old != null) {
        gone(new Item<>(resource, old));
      }
    });
  }

  private <T extends KubeObject> void seen(Item<T> item, @Nullable T old) {
    graph.put(item);
    boolean newOwners =
        !item.owners().isEmpty()
            && (old == null || !old.metadata().ownerReferences().equals(item.owners()));
    if (newOwners || item.isTerminating()) {
      enqueue(item.uid());
    }
    // A dependent that stopped blocking may have been the last one.
    if (old != null && !old.metadata().ownerReferences().equals(item.owners())) {
      enqueueWaitingOwners(old.metadata().ownerReferences());
    }
  }

  private void gone(Item<?> item) {
    graph.remove(item.uid());
    for (Item<?> dependent : graph.dependents(item.uid())) {
      enqueue(dependent.uid());
    }
    enqueueWaitingOwners(item.owners());
  }

  private void enqueueWaitingOwners(List<OwnerReference> owners) {
    for (OwnerReference owner : owners) {
      Item<?> item = graph.get(owner.uid());
      if (item != null && item.waitsForDependents()) {
        enqueue(item.uid());
      }
    }
  }

  private void enqueue(String uid) {
    queue.add(ObjectKey.clusterScoped(uid));
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Item<?> item = graph.get(key.name());
    if (item == null) {
      return Result.DONE;
    }
    if (item.waitsForDependents()) {
      foreground(item);
    } else if (item.isTerminating() && item.hasFinalizer(OwnerGraph.ORPHAN)) {
      orphan(item);
    } else if (!item.isTerminating() && !item.owners().isEmpty()) {
      collect(item);
    }
    return Result.DONE;
  }

  private void foreground(Item<?> owner)
      throws KubeApiException, IOException, InterruptedException {
    if (!graph.isBlocked(owner.uid())) {
      removeFinalizer(owner, OwnerGraph.FOREGROUND);
      return;
    }
    for (Item<?> dependent : graph.dependents(owner.uid())) {
      if (!dependent.isTerminating()) {
        enqueue(dependent.uid());
      }
    }
  }

  private void orphan(Item<?> owner) throws KubeApiException, IOException, InterruptedException {
    for (Item<?> dependent : graph.dependents(owner.uid())) {
      keepOwners(dependent, reference -> !reference.uid().equals(owner.uid()));
    }
    removeFinalizer(owner, OwnerGraph.ORPHAN);
  }

  private void collect(Item<?> item) throws KubeApiException, IOException, InterruptedException {
    List<String> solid = new ArrayList<>();
    boolean waiting = false;
    for (OwnerReference reference : item.owners()) {
      Item<?> owner = graph.get(reference.uid());
      if (owner != null && owner.waitsForDependents()) {
        waiting = true;
      } else if (owner != null || exists(item, reference)) {
        solid.add(reference.uid());
      }
    }
    if (!solid.isEmpty()) {
      if (solid.size() < item.owners().size()) {
        keepOwners(item, reference -> solid.contains(reference.uid()));
      }
      return;
    }
    if (!isAsSeen(item)) {
      return; // the watch will tell, and then it is looked at again
    }
    boolean parent = !graph.dependents(item.uid()).isEmpty();
    delete(item, waiting && parent ? "Foreground" : policy(item));
  }

  /**
   * Whether the object still has the owners that the graph knows: one that was just freed from its
   * owner must not be deleted because the watch is a moment late.
   */
  private boolean isAsSeen(Item<?> item)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = item.object().key();
    KubeObject live = client.find(item.resource(), key.namespace(), key.name());
    return live != null
        && live.metadata().uid().equals(item.uid())
        && live.metadata().ownerReferences().equals(item.owners());
  }

  /** Whether the API has the owner; an owner of a kind that nobody knows is taken to exist. */
  private boolean exists(Item<?> dependent, OwnerReference reference)
      throws KubeApiException, IOException, InterruptedException {
    Resource<?> resource = kinds.get(reference.apiVersion() + "/" + reference.kind());
    if (resource == null) {
      return true;
    }
    String namespace = resource.namespaced() ? dependent.object().metadata().namespace() : "";
    KubeObject owner = client.find(resource, namespace, reference.name());
    return owner != null && owner.metadata().uid().equals(reference.uid());
  }

  private static String policy(Item<?> item) {
    if (item.hasFinalizer(OwnerGraph.ORPHAN)) {
      return "Orphan";
    }
    return item.hasFinalizer(OwnerGraph.FOREGROUND) ? "Foreground" : "Background";
  }

  private void delete(Item<?> item, String propagation)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = item.object().key();
    try {
      client.delete(
          item.resource(),
          key.namespace(),
          key.name(),
          DeleteOptions.uid(item.uid()).withPropagation(propagation));
    } catch (KubeApiException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
  }

  private void keepOwners(Item<?> item, Predicate<OwnerReference> kept)
      throws KubeApiException, IOException, InterruptedException {
    List<OwnerReference> owners = item.owners().stream().filter(kept).toList();
    ObjectNode patch = Trees.guardedPatch(item.object());
    Trees.child(patch, "metadata").set("ownerReferences", Trees.array(owners));
    patch(item, patch);
  }

  private void removeFinalizer(Item<?> item, String finalizer)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = Trees.guardedPatch(item.object());
    ArrayNode finalizers = Trees.child(patch, "metadata").putArray("finalizers");
    for (String present : item.object().metadata().finalizers()) {
      if (!present.equals(finalizer)) {
        finalizers.add(present);
      }
    }
    patch(item, patch);
  }

  private void patch(Item<?> item, ObjectNode patch)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = item.object().key();
    try {
      KubeObject unused =
          client.patch(item.resource(), key.namespace(), key.name(), null, PatchType.MERGE, patch);
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }
}
