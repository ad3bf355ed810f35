// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.controller.runtime.EventRecorder;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Creates, annotates, scales and removes the ReplicaSets of Deployments. */
final class RolloutReplicaSets {
  private static final int HISTORY_CHARS = 2000;
  private static final Set<String> NOT_COPIED =
      Set.of(
          "kubectl.kubernetes.io/last-applied-configuration",
          Deployments.REVISION,
          Deployments.REVISION_HISTORY,
          Deployments.DESIRED,
          Deployments.MAX_REPLICAS,
          "deprecated.deployment.rollback.to");

  private final KindStore<ReplicaSet> replicaSets;
  private final EventRecorder events;

  RolloutReplicaSets(KindStore<ReplicaSet> replicaSets, EventRecorder events) {
    this.replicaSets = replicaSets;
    this.events = events;
  }

  /** Thrown away name: another ReplicaSet has it although its template differs. */
  static final class NameCollision extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** Creates the ReplicaSet of the present template. */
  ReplicaSet create(Deployment deployment, int size, long revision)
      throws KubeApiException, IOException, InterruptedException, NameCollision {
    ObjectNode body = body(deployment, size, revision);
    String name = body.path("metadata").path("name").asString();
    ReplicaSet created;
    try {
      created = replicaSets.create(deployment.metadata().namespace(), body);
    } catch (KubeApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      ReplicaSet live =
          replicaSets.findLive(new ObjectKey(deployment.metadata().namespace(), name));
      if (live != null && isOurs(live, deployment)) {
        return live;
      }
      throw new NameCollision();
    }
    if (size > 0) {
      events.normal(
          Resource.DEPLOYMENTS,
          deployment,
          "ScalingReplicaSet",
          "Scaled up replica set " + name + " from 0 to " + size);
    }
    return created;
  }

  /** Tells the owner why its ReplicaSet could not be created. */
  void createFailed(Deployment deployment, String message) {
    events.warning(Resource.DEPLOYMENTS, deployment, "ReplicaSetCreateError", message);
  }

  /** Brings annotations and minReadySeconds of the present ReplicaSet up to date. */
  ReplicaSet refresh(Deployment deployment, ReplicaSet set, long newRevision)
      throws KubeApiException, IOException, InterruptedException {
    Map<String, String> present = set.metadata().annotations();
    Map<String, String> next = new TreeMap<>(present);
    copyAnnotations(deployment, next);
    String oldText = present.get(Deployments.REVISION);
    if (Deployments.number(oldText) < newRevision) {
      next.put(Deployments.REVISION, Long.toString(newRevision));
      if (oldText != null) {
        next.put(
            Deployments.REVISION_HISTORY,
            history(present.getOrDefault(Deployments.REVISION_HISTORY, ""), oldText));
      }
    }
    int minReady = Deployments.minReadySeconds(deployment);
    Integer presentMinReady = set.spec().minReadySeconds();
    boolean sameMinReady = (presentMinReady == null ? 0 : presentMinReady) == minReady;
    if (next.equals(present) && sameMinReady) {
      return set;
    }
    ObjectNode patch = Trees.guardedPatch(set);
    Trees.child(patch, "metadata").set("annotations", Trees.of(next));
    if (!sameMinReady) {
      Trees.child(patch, "spec").put("minReadySeconds", minReady);
    }
    return replicaSets.patch(set, null, patch);
  }

  /** Scales and keeps the annotations that proportional scaling starts from. */
  ReplicaSet scale(Deployment deployment, ReplicaSet set, int size)
      throws KubeApiException, IOException, InterruptedException {
    int before = Deployments.replicas(set);
    RolloutBudget budget = RolloutBudget.of(deployment);
    String desired = Integer.toString(budget.replicas());
    String max = Integer.toString(budget.maxTotal());
    Map<String, String> annotations = set.metadata().annotations();
    boolean annotated =
        desired.equals(annotations.get(Deployments.DESIRED))
            && max.equals(annotations.get(Deployments.MAX_REPLICAS));
    if (before == size && annotated) {
      return set;
    }
    ObjectNode patch = Trees.guardedPatch(set);
    ObjectNode next = Trees.child(Trees.child(patch, "metadata"), "annotations");
    next.put(Deployments.DESIRED, desired);
    next.put(Deployments.MAX_REPLICAS, max);
    Trees.child(patch, "spec").put("replicas", size);
    ReplicaSet scaled = replicaSets.patch(set, null, patch);
    if (before != size) {
      events.normal(
          Resource.DEPLOYMENTS,
          deployment,
          "ScalingReplicaSet",
          "Scaled "
              + (size > before ? "up" : "down")
              + " replica set "
              + set.metadata().name()
              + " from "
              + before
              + " to "
              + size);
    }
    return scaled;
  }

  /** Removes the oldest revisions beyond revisionHistoryLimit that have no pods. */
  void cleanUp(Deployment deployment, List<ReplicaSet> old)
      throws KubeApiException, IOException, InterruptedException {
    Integer limit = deployment.spec().revisionHistoryLimit();
    if (limit == null || limit == Integer.MAX_VALUE) {
      return;
    }
    List<ReplicaSet> candidates =
        old.stream()
            .filter(s -> !s.metadata().isTerminating())
            .sorted(
                Comparator.comparingLong(Deployments::revision).thenComparing(Deployments.BY_AGE))
            .toList();
    for (ReplicaSet set :
        candidates.subList(0, Math.max(0, candidates.size() - Math.max(0, limit)))) {
      if (set.status().replicas() == 0
          && Deployments.replicas(set) == 0
          && set.metadata().generation() <= set.status().observedGeneration()) {
        boolean unused = replicaSets.delete(set, DeleteOptions.NONE);
      }
    }
  }

  private static boolean isOurs(ReplicaSet set, Deployment deployment) {
    return set.metadata().controllerOwner() != null
        && set.metadata().controllerOwner().uid().equals(deployment.metadata().uid())
        && TemplateHash.sameTemplate(set.spec().template(), deployment.spec().template());
  }

  private static ObjectNode body(Deployment deployment, int size, long revision) {
    String hash =
        TemplateHash.of(deployment.spec().template(), deployment.status().collisionCount());
    ObjectNode template =
        (ObjectNode) KubeCodec.json().readTree(deployment.spec().template().json());
    ObjectNode labels = Trees.child(Trees.child(template, "metadata"), "labels");
    labels.put(Deployments.HASH_LABEL, hash);

    ObjectNode body = Trees.skeleton(Resource.REPLICA_SETS, deployment.metadata().namespace());
    ObjectNode metadata = Trees.child(body, "metadata");
    metadata.put("name", deployment.metadata().name() + "-" + hash);
    metadata.set("labels", labels.deepCopy());
    RolloutBudget budget = RolloutBudget.of(deployment);
    Map<String, String> annotations = new TreeMap<>();
    copyAnnotations(deployment, annotations);
    annotations.put(Deployments.REVISION, Long.toString(revision));
    annotations.put(Deployments.DESIRED, Integer.toString(budget.replicas()));
    annotations.put(Deployments.MAX_REPLICAS, Integer.toString(budget.maxTotal()));
    metadata.set("annotations", Trees.of(annotations));
    metadata.set(
        "ownerReferences",
        Trees.array(List.of(Trees.controllerReference(Resource.DEPLOYMENTS, deployment))));

    ObjectNode spec = body.putObject("spec");
    spec.put("replicas", size);
    int minReady = Deployments.minReadySeconds(deployment);
    if (minReady > 0) {
      spec.put("minReadySeconds", minReady);
    }
    ObjectNode selector = (ObjectNode) Trees.value(deployment.spec().selector());
    Trees.child(selector, "matchLabels").put(Deployments.HASH_LABEL, hash);
    spec.set("selector", selector);
    spec.set("template", template);
    return body;
  }

  private static void copyAnnotations(Deployment deployment, Map<String, String> target) {
    deployment
        .metadata()
        .annotations()
        .forEach((key, value) -> {
          if (!NOT_COPIED.contains(key)) {
            target.put(key, value);
          }
        });
  }

  private static String history(@Nullable String present, String revision) {
    if (present == null || present.isEmpty()) {
      return revision;
    }
    List<String> revisions = new ArrayList<>(List.of(present.split(",")));
    revisions.add(revision);
    while (String.join(",", revisions).length() > HISTORY_CHARS) {
      revisions.removeFirst();
    }
    return String.join(",", revisions);
  }
}
