// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.replicaset;

import dev.fairway.controller.runtime.EventRecorder;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates and deletes pods until a ReplicaSet has as many as it asks for, adopts orphans that its
 * selector matches, releases pods that it no longer matches, and writes its status.
 */
public final class ReplicaSetController implements Reconciler {
  /** The most pods that one reconciliation creates or deletes. */
  static final int BURST = 500;

  private final KindStore<ReplicaSet> replicaSets;
  private final KindStore<Pod> pods;
  private final EventRecorder events;
  private final InstantSource clock;

  /** A controller whose triggers fill the queue. */
  public ReplicaSetController(
      SharedInformers informers,
      WorkQueue<ObjectKey> queue,
      EventRecorder events,
      InstantSource clock) {
    this.replicaSets = informers.replicaSets();
    this.pods = informers.pods();
    this.events = events;
    this.clock = clock;
    replicaSets.onChange((old, now) -> queue.add(either(old, now).key()));
    pods.onChange((old, now) -> podChanged(old, now, queue));
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    ReplicaSet set = replicaSets.get(key);
    if (set == null) {
      return Result.DONE;
    }
    List<Pod> owned = claim(set);
    List<Pod> active = new ArrayList<>(owned.stream().filter(p -> isActive(p)).toList());
    @Nullable KubeApiException failure = null;
    if (!set.metadata().isTerminating()) {
      try {
        scale(set, active);
      } catch (KubeApiException e) {
        failure = e; // the status is true nevertheless
      }
    }
    ObjectNode template = template(set);
    PodCounts counts =
        PodCounts.of(active, labels(template), minReadySeconds(set), clock.instant());
    writeStatus(set, counts);
    if (failure != null && !isNamespaceTerminating(failure)) {
      throw failure;
    }
    return counts.nextAvailable() == null ? Result.DONE : Result.after(counts.nextAvailable());
  }

  private void podChanged(@Nullable Pod old, @Nullable Pod now, WorkQueue<ObjectKey> queue) {
    OwnerReference before = old == null ? null : old.metadata().controllerOwner();
    OwnerReference after = now == null ? null : now.metadata().controllerOwner();
    String namespace = either(old, now).metadata().namespace();
    for (OwnerReference owner : new @Nullable OwnerReference[] {before, after}) {
      if (owner != null && owner.kind().equals(Resource.REPLICA_SETS.kind())) {
        queue.add(new ObjectKey(namespace, owner.name()));
      }
    }
    if (now != null && after == null) {
      for (ReplicaSet set : replicaSets.findObserved(Terms.namespace(namespace))) {
        if (set.spec().selector().matches(now.metadata().labels())) {
          queue.add(set.key());
        }
      }
    }
  }

  private List<Pod> claim(ReplicaSet set)
      throws KubeApiException, IOException, InterruptedException {
    List<Pod> owned = new ArrayList<>();
    for (Pod pod : pods.find(Terms.namespace(set.metadata().namespace()))) {
      OwnerReference owner = pod.metadata().controllerOwner();
      boolean matches = set.spec().selector().matches(pod.metadata().labels());
      if (owner != null && owner.uid().equals(set.metadata().uid())) {
        if (matches) {
          owned.add(pod);
        } else if (!set.metadata().isTerminating()) {
          release(set, pod);
        }
      } else if (owner == null
          && matches
          && isActive(pod)
          && !set.metadata().isTerminating()
          && adoptable(set)) {
        owned.add(adopt(set, pod));
      }
    }
    return owned;
  }

  /** Only a live, undeleted ReplicaSet may adopt: the cache could be old. */
  private boolean adoptable(ReplicaSet set)
      throws KubeApiException, IOException, InterruptedException {
    ReplicaSet live = replicaSets.findLive(set.key());
    return live != null
        && live.metadata().uid().equals(set.metadata().uid())
        && !live.metadata().isTerminating();
  }

  private Pod adopt(ReplicaSet set, Pod pod)
      throws KubeApiException, IOException, InterruptedException {
    List<OwnerReference> owners = new ArrayList<>(pod.metadata().ownerReferences());
    owners.add(Trees.controllerReference(Resource.REPLICA_SETS, set));
    return pods.patch(pod, null, ownersPatch(pod, owners));
  }

  private void release(ReplicaSet set, Pod pod)
      throws KubeApiException, IOException, InterruptedException {
    List<OwnerReference> owners =
        pod.metadata().ownerReferences().stream()
            .filter(o -> !o.uid().equals(set.metadata().uid()))
            .toList();
    try {
      Pod unused = pods.patch(pod, null, ownersPatch(pod, owners));
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private static ObjectNode ownersPatch(Pod pod, List<OwnerReference> owners) {
    ObjectNode patch = Trees.guardedPatch(pod);
    Trees.child(patch, "metadata").set("ownerReferences", Trees.array(owners));
    return patch;
  }

  private void scale(ReplicaSet set, List<Pod> active)
      throws KubeApiException, IOException, InterruptedException {
    int missing = replicas(set) - active.size();
    if (missing > 0) {
      create(set, active, Math.min(missing, BURST));
    } else if (missing < 0) {
      deleteSome(set, active, Math.min(-missing, BURST));
    }
  }

  /** Slow start: 1, 2, 4, ... so that a template that the API refuses costs one call. */
  private void create(ReplicaSet set, List<Pod> active, int count)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode body = podBody(set);
    int created = 0;
    for (int batch = 1; created < count; batch = Math.min(batch * 2, count - created)) {
      List<Pod> answered =
          PodBatch.run(
              batch,
              () -> pods.create(set.metadata().namespace(), body.deepCopy()),
              e -> createFailed(set, e));
      for (Pod pod : answered) {
        events.normal(
            Resource.REPLICA_SETS,
            set,
            "SuccessfulCreate",
            "Created pod: " + pod.metadata().name());
      }
      active.addAll(answered);
      created += batch;
    }
  }

  private void createFailed(ReplicaSet set, Exception e) {
    if (e instanceof KubeApiException api && isNamespaceTerminating(api)) {
      return;
    }
    events.warning(Resource.REPLICA_SETS, set, "FailedCreate", "Error creating: " + e.getMessage());
  }

  private static boolean isNamespaceTerminating(KubeApiException e) {
    return e.code() == 403 && String.valueOf(e.getMessage()).contains("being terminated");
  }

  private void deleteSome(ReplicaSet set, List<Pod> active, int count)
      throws KubeApiException, IOException, InterruptedException {
    List<Pod> victims = DeletionOrder.sort(active, related(set), clock.instant()).subList(0, count);
    for (Pod pod : victims) {
      if (pods.delete(pod, DeleteOptions.NONE)) {
        events.normal(
            Resource.REPLICA_SETS,
            set,
            "SuccessfulDelete",
            "Deleted pod: " + pod.metadata().name());
      }
      active.remove(pod);
    }
  }

  /** Active pods of all ReplicaSets with the same owner. */
  private List<Pod> related(ReplicaSet set) {
    OwnerReference owner = set.metadata().controllerOwner();
    List<ReplicaSet> siblings =
        owner == null ? List.of(set) : replicaSets.find(Terms.owner(owner.uid()));
    List<Pod> related = new ArrayList<>();
    for (ReplicaSet sibling : siblings) {
      for (Pod pod : pods.find(Terms.owner(sibling.metadata().uid()))) {
        if (isActive(pod)) {
          related.add(pod);
        }
      }
    }
    return related;
  }

  private void writeStatus(ReplicaSet set, PodCounts counts)
      throws KubeApiException, IOException, InterruptedException {
    ReplicaSet.Status status = counts.status(set.metadata().generation());
    if (status.equals(set.status())) {
      return;
    }
    ObjectNode patch = Trees.object();
    ObjectNode fields = patch.putObject("status");
    fields.put("replicas", status.replicas());
    fields.put("fullyLabeledReplicas", status.fullyLabeledReplicas());
    fields.put("readyReplicas", status.readyReplicas());
    fields.put("availableReplicas", status.availableReplicas());
    fields.put("observedGeneration", status.observedGeneration());
    try {
      ReplicaSet unused = replicaSets.patch(set, "status", patch);
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private static ObjectNode podBody(ReplicaSet set) {
    ObjectNode template = template(set);
    ObjectNode body = Trees.skeleton(Resource.PODS, set.metadata().namespace());
    ObjectNode metadata = Trees.child(body, "metadata");
    if (template.get("metadata") instanceof ObjectNode own) {
      for (String field : List.of("labels", "annotations", "finalizers")) {
        if (own.get(field) != null) {
          metadata.set(field, own.get(field));
        }
      }
    }
    metadata.put("generateName", set.metadata().name() + "-");
    metadata.set(
        "ownerReferences",
        Trees.array(List.of(Trees.controllerReference(Resource.REPLICA_SETS, set))));
    if (template.get("spec") != null) {
      body.set("spec", template.get("spec"));
    }
    return body;
  }

  private static ObjectNode template(ReplicaSet set) {
    return (ObjectNode) KubeCodec.json().readTree(set.spec().template().json());
  }

  private static Map<String, String> labels(ObjectNode template) {
    Map<String, String> labels = new HashMap<>();
    template
        .path("metadata")
        .path("labels")
        .properties()
        .forEach(e -> labels.put(e.getKey(), e.getValue().asString()));
    return labels;
  }

  private static int replicas(ReplicaSet set) {
    Integer replicas = set.spec().replicas();
    return replicas == null ? 1 : replicas;
  }

  private static int minReadySeconds(ReplicaSet set) {
    Integer seconds = set.spec().minReadySeconds();
    return seconds == null ? 0 : seconds;
  }

  private static boolean isActive(Pod pod) {
    ObjectMeta metadata = pod.metadata();
    return !pod.isFinished() && !metadata.isTerminating();
  }

  private static <T> T either(@Nullable T old, @Nullable T now) {
    T present = now != null ? now : old;
    if (present == null) {
      throw new IllegalArgumentException("a change without an object");
    }
    return present;
  }
}
