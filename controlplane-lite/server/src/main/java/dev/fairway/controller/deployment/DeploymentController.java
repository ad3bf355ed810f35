// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.controller.runtime.EventRecorder;
import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Rolls Deployments out by creating, scaling and removing their ReplicaSets. */
public final class DeploymentController implements Reconciler {
  private final KindStore<Deployment> deployments;
  private final KindStore<ReplicaSet> replicaSets;
  private final KindStore<Pod> pods;
  private final EventRecorder events;
  private final InstantSource clock;

  /** A controller whose triggers fill the queue. */
  public DeploymentController(
      SharedInformers informers,
      WorkQueue<ObjectKey> queue,
      EventRecorder events,
      InstantSource clock) {
    this.deployments = informers.deployments();
    this.replicaSets = informers.replicaSets();
    this.pods = informers.pods();
    this.events = events;
    this.clock = clock;
    deployments.onChange((old, now) -> {
      if (now != null) {
        queue.add(now.key());
      }
    });
    replicaSets.onChange((old, now) -> replicaSetChanged(old, now, queue));
    pods.onChange((old, now) -> {
      if (now == null && old != null) {
        podGone(old, queue); // Recreate waits for the last old pod
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Deployment deployment = deployments.get(key);
    if (deployment == null) {
      return Result.DONE;
    }
    if (selectsEverything(deployment)) {
      events.warning(
          Resource.DEPLOYMENTS,
          deployment,
          "SelectingAll",
          "This deployment is selecting all pods. A non-empty selector is required.");
      return Result.DONE;
    }
    Rollout rollout =
        new Rollout(
            deployment,
            claim(deployment),
            deployments,
            new RolloutReplicaSets(replicaSets, events),
            pods,
            clock.instant());
    return rollout.run();
  }

  private void replicaSetChanged(
      @Nullable ReplicaSet old, @Nullable ReplicaSet now, WorkQueue<ObjectKey> queue) {
    for (ReplicaSet set : new @Nullable ReplicaSet[] {old, now}) {
      if (set == null) {
        continue;
      }
      OwnerReference owner = set.metadata().controllerOwner();
      String namespace = set.metadata().namespace();
      if (owner != null) {
        if (owner.kind().equals(Resource.DEPLOYMENTS.kind())) {
          queue.add(new ObjectKey(namespace, owner.name()));
        }
      } else {
        for (Deployment deployment : deployments.findObserved(Terms.namespace(namespace))) {
          if (deployment.spec().selector().matches(set.metadata().labels())) {
            queue.add(deployment.key());
          }
        }
      }
    }
  }

  private void podGone(Pod pod, WorkQueue<ObjectKey> queue) {
    OwnerReference owner = pod.metadata().controllerOwner();
    if (owner == null || !owner.kind().equals(Resource.REPLICA_SETS.kind())) {
      return;
    }
    ReplicaSet set = replicaSets.get(new ObjectKey(pod.metadata().namespace(), owner.name()));
    OwnerReference grandOwner = set == null ? null : set.metadata().controllerOwner();
    if (grandOwner == null) {
      return;
    }
    Deployment deployment =
        deployments.get(new ObjectKey(pod.metadata().namespace(), grandOwner.name()));
    if (deployment != null && Deployments.isRecreate(deployment)) {
      queue.add(deployment.key());
    }
  }

  private static boolean selectsEverything(Deployment deployment) {
    return deployment.spec().selector().matchLabels().isEmpty()
        && deployment.spec().selector().matchExpressions().isEmpty();
  }

  /** The ReplicaSets of this Deployment, adopting orphans and releasing strangers. */
  private List<ReplicaSet> claim(Deployment deployment)
      throws KubeApiException, IOException, InterruptedException {
    String uid = deployment.metadata().uid();
    List<ReplicaSet> owned = new ArrayList<>();
    for (ReplicaSet set : replicaSets.find(Terms.namespace(deployment.metadata().namespace()))) {
      OwnerReference owner = set.metadata().controllerOwner();
      boolean matches = deployment.spec().selector().matches(set.metadata().labels());
      if (owner != null && owner.uid().equals(uid)) {
        if (matches) {
          owned.add(set);
        } else if (!deployment.metadata().isTerminating()) {
          List<OwnerReference> others =
              set.metadata().ownerReferences().stream().filter(o -> !o.uid().equals(uid)).toList();
          ReplicaSet unused = replicaSets.patch(set, null, ownersPatch(set, others));
        }
      } else if (owner == null
          && matches
          && !set.metadata().isTerminating()
          && !deployment.metadata().isTerminating()
          && isLive(deployment)) {
        List<OwnerReference> owners = new ArrayList<>(set.metadata().ownerReferences());
        owners.add(Trees.controllerReference(Resource.DEPLOYMENTS, deployment));
        owned.add(replicaSets.patch(set, null, ownersPatch(set, owners)));
      }
    }
    owned.sort(Deployments.BY_AGE);
    return owned;
  }

  private boolean isLive(Deployment deployment)
      throws KubeApiException, IOException, InterruptedException {
    Deployment live = deployments.findLive(deployment.key());
    return live != null
        && live.metadata().uid().equals(deployment.metadata().uid())
        && !live.metadata().isTerminating();
  }

  private static ObjectNode ownersPatch(ReplicaSet set, List<OwnerReference> owners) {
    ObjectNode patch = Trees.guardedPatch(set);
    Trees.child(patch, "metadata").set("ownerReferences", Trees.array(owners));
    return patch;
  }
}
