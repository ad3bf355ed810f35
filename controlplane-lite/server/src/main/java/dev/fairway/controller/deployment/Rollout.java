// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler.Result;
import dev.fairway.controller.runtime.Terms;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One reconciliation of one Deployment. Confined to its thread. */
final class Rollout {
  private final Deployment original;
  private final KindStore<Deployment> deployments;
  private final RolloutReplicaSets replicaSets;
  private final KindStore<Pod> pods;
  private final Instant now;

  /** The Deployment with the conditions as far as they are decided. */
  private Deployment deployment;

  private final List<ReplicaSet> old = new ArrayList<>();
  private @Nullable ReplicaSet fresh;

  Rollout(
      Deployment deployment,
      List<ReplicaSet> owned,
      KindStore<Deployment> deployments,
      RolloutReplicaSets replicaSets,
      KindStore<Pod> pods,
      Instant now) {
    this.original = deployment;
    this.deployment = deployment;
    this.deployments = deployments;
    this.replicaSets = replicaSets;
    this.pods = pods;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
    for (ReplicaSet set : owned) {
      if (fresh == null
          && TemplateHash.sameTemplate(set.spec().template(), deployment.spec().template())) {
        fresh = set;
      } else {
        old.add(set);
      }
    }
  }

  Result run() throws KubeApiException, IOException, InterruptedException {
    if (deployment.metadata().isTerminating()) {
      return finish(DeploymentStatus.counted(deployment, all(), fresh, now));
    }
    notePause();
    if (deployment.spec().paused() || isScaled()) {
      refreshFresh();
      rescale();
      if (deployment.spec().paused()) {
        replicaSets.cleanUp(deployment, old);
      }
      return finish(DeploymentStatus.counted(deployment, all(), fresh, now));
    }
    if (Deployments.isRecreate(deployment)) {
      recreate();
    } else {
      roll();
    }
    Deployment.Status status = DeploymentStatus.rollout(deployment, all(), fresh, now);
    if (DeploymentStatus.isComplete(deployment, status)) {
      replicaSets.cleanUp(deployment, old);
    }
    return finish(status);
  }

  private void roll() throws KubeApiException, IOException, InterruptedException {
    if (!ensureFresh()) {
      return;
    }
    RolloutBudget budget = RolloutBudget.of(deployment);
    ReplicaSet present = requireFresh();
    int size = RollingUpdatePlan.newSize(budget, sizes(all()), Deployments.replicas(present));
    if (size != Deployments.replicas(present)) {
      fresh = replicaSets.scale(deployment, present, size);
      return;
    }
    scaleOld(RollingUpdatePlan.oldSizes(budget, sizes(old), Deployments.size(present)));
  }

  private void recreate() throws KubeApiException, IOException, InterruptedException {
    boolean scaledDown = false;
    for (int i = 0; i < old.size(); i++) {
      if (Deployments.replicas(old.get(i)) > 0) {
        old.set(i, replicaSets.scale(deployment, old.get(i), 0));
        scaledDown = true;
      }
    }
    if (scaledDown || oldPodsRun()) {
      refreshFresh();
      return;
    }
    if (ensureFresh()) {
      fresh = replicaSets.scale(deployment, requireFresh(), Deployments.replicas(deployment));
    }
  }

  /** Whether pods of old templates still run, terminating ones included. */
  private boolean oldPodsRun() {
    for (ReplicaSet set : old) {
      if (set.status().replicas() > 0) {
        return true;
      }
      for (Pod pod : pods.findObserved(Terms.owner(set.metadata().uid()))) {
        if (!pod.isFinished()) {
          return true;
        }
      }
    }
    return false;
  }

  private void rescale() throws KubeApiException, IOException, InterruptedException {
    Map<String, Integer> next =
        RollingUpdatePlan.scale(
            RolloutBudget.of(deployment),
            !Deployments.isRecreate(deployment),
            fresh == null ? null : Deployments.size(fresh),
            sizes(old),
            deployment.status().replicas());
    ReplicaSet present = fresh;
    if (present != null && next.containsKey(present.metadata().name())) {
      fresh =
          replicaSets.scale(
              deployment,
              present,
              next.getOrDefault(present.metadata().name(), Deployments.replicas(present)));
    }
    scaleOld(next);
  }

  private void scaleOld(Map<String, Integer> next)
      throws KubeApiException, IOException, InterruptedException {
    for (int i = 0; i < old.size(); i++) {
      ReplicaSet set = old.get(i);
      Integer size = next.get(set.metadata().name());
      if (size != null) {
        old.set(i, replicaSets.scale(deployment, set, size));
      }
    }
  }

  /** Whether spec.replicas changed since the ReplicaSets were last scaled. */
  private boolean isScaled() {
    String desired = Integer.toString(Deployments.replicas(deployment));
    for (ReplicaSet set : all()) {
      String known = set.metadata().annotations().get(Deployments.DESIRED);
      if (Deployments.replicas(set) > 0 && known != null && !known.equals(desired)) {
        return true;
      }
    }
    return false;
  }

  /** Makes sure that the present template has a ReplicaSet; false if it has to be tried again. */
  private boolean ensureFresh() throws KubeApiException, IOException, InterruptedException {
    if (fresh != null) {
      refreshFresh();
      return true;
    }
    long revision = maxOldRevision() + 1;
    RolloutBudget budget = RolloutBudget.of(deployment);
    int size =
        Deployments.isRecreate(deployment)
            ? budget.replicas()
            : RollingUpdatePlan.newSize(budget, sizes(old), 0);
    try {
      fresh = replicaSets.create(deployment, size, revision);
    } catch (RolloutReplicaSets.NameCollision e) {
      Integer count = deployment.status().collisionCount();
      ObjectNode patch = Trees.object();
      Trees.child(patch, "status").put("collisionCount", count == null ? 1 : count + 1);
      deployment = deployments.patch(deployment, "status", patch);
      return false;
    } catch (KubeApiException e) {
      createFailed(e);
      throw e;
    }
    setRevision(Long.toString(revision));
    note(
        "True",
        "NewReplicaSetCreated",
        "Created new replica set \"" + requireFresh().metadata().name() + "\"");
    return true;
  }

  private void createFailed(KubeApiException e)
      throws KubeApiException, IOException, InterruptedException {
    if (e.code() == 403) {
      return; // the namespace is going away
    }
    String message = "Failed to create new replica set: " + e.getMessage();
    replicaSets.createFailed(deployment, message);
    note("False", "ReplicaSetCreateError", message);
    Result unused = finish(DeploymentStatus.counted(deployment, all(), fresh, now));
  }

  private void refreshFresh() throws KubeApiException, IOException, InterruptedException {
    ReplicaSet present = fresh;
    if (present == null) {
      return;
    }
    fresh = replicaSets.refresh(deployment, present, maxOldRevision() + 1);
    setRevision(requireFresh().metadata().annotations().getOrDefault(Deployments.REVISION, ""));
    if (Deployments.progressing(deployment.status()) == null) {
      note(
          "True",
          "FoundNewReplicaSet",
          "Found new replica set \"" + present.metadata().name() + "\"");
    }
  }

  private long maxOldRevision() {
    return old.stream().mapToLong(Deployments::revision).max().orElse(0);
  }

  private void setRevision(String revision)
      throws KubeApiException, IOException, InterruptedException {
    if (revision.isEmpty()
        || revision.equals(deployment.metadata().annotations().get(Deployments.REVISION))) {
      return;
    }
    ObjectNode patch = Trees.object();
    Trees.child(Trees.child(patch, "metadata"), "annotations").put(Deployments.REVISION, revision);
    Deployment patched = deployments.patch(deployment, null, patch);
    // The conditions decided so far are not written yet.
    deployment =
        new Deployment(
            patched.metadata(),
            deployment.spec(),
            DeploymentStatus.withConditions(patched.status(), deployment.status().conditions()));
  }

  private void notePause() {
    Condition current = Deployments.progressing(deployment.status());
    if (current != null && current.reason().equals("ProgressDeadlineExceeded")) {
      return;
    }
    boolean noted = current != null && current.reason().equals("DeploymentPaused");
    if (deployment.spec().paused() && !noted) {
      note("Unknown", "DeploymentPaused", "Deployment is paused");
    } else if (!deployment.spec().paused() && noted) {
      note("Unknown", "DeploymentResumed", "Deployment is resumed");
    }
  }

  private void note(String state, String reason, String message) {
    if (Deployments.hasDeadline(deployment)) {
      deployment =
          new Deployment(
              deployment.metadata(),
              deployment.spec(),
              DeploymentStatus.progressing(deployment.status(), state, reason, message, now));
    }
  }

  private Result finish(Deployment.Status status)
      throws KubeApiException, IOException, InterruptedException {
    if (!status.equals(original.status())) {
      ObjectNode patch = Trees.object();
      ObjectNode fields = patch.putObject("status");
      fields.put("observedGeneration", status.observedGeneration());
      number(fields, "replicas", status.replicas());
      number(fields, "updatedReplicas", status.updatedReplicas());
      number(fields, "readyReplicas", status.readyReplicas());
      number(fields, "availableReplicas", status.availableReplicas());
      number(fields, "unavailableReplicas", status.unavailableReplicas());
      fields.set("conditions", Trees.array(status.conditions()));
      try {
        Deployment unused = deployments.patch(original, "status", patch);
      } catch (KubeApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    Duration deadline = DeploymentStatus.untilDeadline(deployment, status, now);
    return deadline == null ? Result.DONE : Result.after(deadline);
  }

  /** Kubernetes leaves zeroes out. */
  private static void number(ObjectNode fields, String name, int value) {
    if (value == 0) {
      fields.putNull(name);
    } else {
      fields.put(name, value);
    }
  }

  private List<ReplicaSet> all() {
    List<ReplicaSet> all = new ArrayList<>(old);
    if (fresh != null) {
      all.add(fresh);
    }
    return all;
  }

  private ReplicaSet requireFresh() {
    ReplicaSet present = fresh;
    if (present == null) {
      throw new IllegalStateException("no ReplicaSet for the present template");
    }
    return present;
  }

  private static List<RollingUpdatePlan.Size> sizes(List<ReplicaSet> sets) {
    return sets.stream().map(Deployments::size).toList();
  }
}
