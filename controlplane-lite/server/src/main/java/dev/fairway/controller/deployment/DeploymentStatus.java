// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.controller.runtime.Trees;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.ReplicaSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes the status of a Deployment: the numbers, and the conditions that tools wait for. */
final class DeploymentStatus {
  private static final String AVAILABLE = "Available";
  private static final String PROGRESSING = "Progressing";

  private DeploymentStatus() {}

  /** The numbers and the Available condition; other conditions are kept. */
  static Deployment.Status counted(
      Deployment deployment, List<ReplicaSet> all, @Nullable ReplicaSet fresh, Instant now) {
    int wanted = all.stream().mapToInt(Deployments::replicas).sum();
    int available = all.stream().mapToInt(s -> s.status().availableReplicas()).sum();
    boolean enough = available >= RolloutBudget.of(deployment).minAvailable();
    Condition condition =
        enough
            ? condition(
                AVAILABLE,
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
                now)
            : condition(
                AVAILABLE,
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
                now);
    return new Deployment.Status(
        deployment.metadata().generation(),
        all.stream().mapToInt(s -> s.status().replicas()).sum(),
        fresh == null ? 0 : fresh.status().replicas(),
        all.stream().mapToInt(s -> s.status().readyReplicas()).sum(),
        available,
        Math.max(0, wanted - available),
        deployment.status().collisionCount(),
        with(deployment.status().conditions(), condition));
  }

  /** The status during a rollout: additionally Progressing. */
  static Deployment.Status rollout(
      Deployment deployment, List<ReplicaSet> all, @Nullable ReplicaSet fresh, Instant now) {
    Deployment.Status next = counted(deployment, all, fresh, now);
    if (!Deployments.hasDeadline(deployment)) {
      return withConditions(next, without(next.conditions(), PROGRESSING));
    }
    Condition current = Deployments.progressing(deployment.status());
    boolean completed =
        next.replicas() == next.updatedReplicas()
            && current != null
            && current.reason().equals("NewReplicaSetAvailable");
    if (completed) {
      return next;
    }
    String subject =
        fresh == null
            ? "Deployment \"" + deployment.metadata().name() + "\""
            : "ReplicaSet \"" + fresh.metadata().name() + "\"";
    if (isComplete(deployment, next)) {
      return progressing(
          next, "True", "NewReplicaSetAvailable", subject + " has successfully progressed.", now);
    }
    if (isProgressing(deployment.status(), next)) {
      Instant since =
          current != null && current.isTrue() && current.lastTransitionTime() != null
              ? current.lastTransitionTime()
              : now;
      Condition condition =
          new Condition(
              PROGRESSING,
              "True",
              "ReplicaSetUpdated",
              subject + " is progressing.",
              since,
              now,
              null,
              null);
      List<Condition> conditions = without(next.conditions(), PROGRESSING);
      conditions.add(condition);
      return withConditions(next, conditions);
    }
    if (isTimedOut(deployment, next, now)) {
      return progressing(
          next, "False", "ProgressDeadlineExceeded", subject + " has timed out progressing.", now);
    }
    return next;
  }

  /** The same status with a Progressing condition, unless it says so already. */
  static Deployment.Status progressing(
      Deployment.Status status, String state, String reason, String message, Instant now) {
    return withConditions(
        status, with(status.conditions(), condition(PROGRESSING, state, reason, message, now)));
  }

  /** The same status with other conditions. */
  static Deployment.Status withConditions(Deployment.Status s, List<Condition> conditions) {
    return new Deployment.Status(
        s.observedGeneration(),
        s.replicas(),
        s.updatedReplicas(),
        s.readyReplicas(),
        s.availableReplicas(),
        s.unavailableReplicas(),
        s.collisionCount(),
        conditions);
  }

  /** Whether everything runs the new template and is available. */
  static boolean isComplete(Deployment deployment, Deployment.Status status) {
    int replicas = Deployments.replicas(deployment);
    return status.updatedReplicas() == replicas
        && status.replicas() == replicas
        && status.availableReplicas() == replicas
        && status.observedGeneration() >= deployment.metadata().generation();
  }

  /** When the progress deadline must be looked at again, or null. */
  static @Nullable Duration untilDeadline(
      Deployment deployment, Deployment.Status status, Instant now) {
    Condition current = Deployments.progressing(status);
    if (!Deployments.hasDeadline(deployment)
        || current == null
        || current.lastUpdateTime() == null
        || isComplete(deployment, status)
        || current.reason().equals("ProgressDeadlineExceeded")
        || current.reason().equals("NewReplicaSetAvailable")) {
      return null;
    }
    Duration left = Duration.between(now, deadline(deployment, current.lastUpdateTime()));
    return (left.isNegative() ? Duration.ZERO : left).plusSeconds(1);
  }

  private static boolean isProgressing(Deployment.Status old, Deployment.Status next) {
    int oldOld = old.replicas() - old.updatedReplicas();
    int nextOld = next.replicas() - next.updatedReplicas();
    return next.updatedReplicas() > old.updatedReplicas()
        || nextOld < oldOld
        || next.readyReplicas() > old.readyReplicas()
        || next.availableReplicas() > old.availableReplicas();
  }

  private static boolean isTimedOut(Deployment deployment, Deployment.Status status, Instant now) {
    Condition current = Deployments.progressing(status);
    if (current == null || current.reason().equals("NewReplicaSetAvailable")) {
      return false;
    }
    if (current.reason().equals("ProgressDeadlineExceeded")) {
      return true;
    }
    return current.lastUpdateTime() != null
        && deadline(deployment, current.lastUpdateTime()).isBefore(now);
  }

  private static Instant deadline(Deployment deployment, Instant from) {
    Integer seconds = deployment.spec().progressDeadlineSeconds();
    return seconds == null ? Instant.MAX : from.plusSeconds(seconds);
  }

  private static Condition condition(
      String type, String state, String reason, String message, Instant now) {
    Condition plain = Trees.condition(type, state, reason, message, now);
    return new Condition(
        plain.type(), plain.status(), plain.reason(), plain.message(), now, now, null, null);
  }

  /** Kubernetes' rule: same status and reason change nothing, same status keeps its age. */
  private static List<Condition> with(List<Condition> conditions, Condition wanted) {
    for (Condition current : conditions) {
      if (!current.type().equals(wanted.type())) {
        continue;
      }
      if (current.status().equals(wanted.status()) && current.reason().equals(wanted.reason())) {
        return conditions;
      }
      List<Condition> next = without(conditions, wanted.type());
      next.add(
          current.status().equals(wanted.status())
              ? new Condition(
                  wanted.type(),
                  wanted.status(),
                  wanted.reason(),
                  wanted.message(),
                  current.lastTransitionTime(),
                  wanted.lastUpdateTime(),
                  null,
                  null)
              : wanted);
      return next;
    }
    List<Condition> next = new ArrayList<>(conditions);
    next.add(wanted);
    return next;
  }

  private static List<Condition> without(List<Condition> conditions, String type) {
    List<Condition> next = new ArrayList<>();
    for (Condition condition : conditions) {
      if (!condition.type().equals(type)) {
        next.add(condition);
      }
    }
    return next;
  }
}
