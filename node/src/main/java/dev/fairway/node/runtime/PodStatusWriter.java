// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Publishes one pod's status where it differs from what was published. Confined to its worker. */
final class PodStatusWriter {
  private static final Logger LOG = System.getLogger(PodStatusWriter.class.getName());
  private static final int MAX_CONFLICTS = 5;

  /** What came of it. */
  sealed interface Outcome {}

  /** The server has it; this is the object now. */
  record Stored(Pod pod) implements Outcome {}

  /** There was nothing new. */
  record Unchanged() implements Outcome {}

  /** The pod no longer exists. */
  record Gone() implements Outcome {}

  /** The server could not take it now. */
  record Later() implements Outcome {}

  private final PodContext context;
  private @Nullable JsonNode published;

  PodStatusWriter(PodContext context) {
    this.context = context;
  }

  Outcome publish(Pod known, PodStatuses.Facts facts) throws InterruptedException {
    Pod base = known;
    try {
      for (int tries = 0; tries < MAX_CONFLICTS; tries++) {
        ObjectNode status = encode(base, facts);
        if (status.equals(published) && tries == 0) {
          return new Unchanged();
        }
        ObjectNode patch = KubeCodec.json().createObjectNode();
        patch
            .putObject("metadata")
            .put("uid", base.metadata().uid())
            .put("resourceVersion", base.metadata().resourceVersion());
        patch.set("status", status);
        try {
          Pod stored =
              context
                  .client()
                  .patch(
                      Resource.PODS,
                      base.metadata().namespace(),
                      base.metadata().name(),
                      "status",
                      PatchType.MERGE,
                      patch);
          published = status;
          return new Stored(stored);
        } catch (KubeApiException e) {
          if (!e.isConflict()) {
            throw e;
          }
          Pod newest =
              context
                  .client()
                  .find(Resource.PODS, base.metadata().namespace(), base.metadata().name());
          if (newest == null || !newest.metadata().uid().equals(base.metadata().uid())) {
            return new Gone();
          }
          base = newest;
        }
      }
      return new Later();
    } catch (KubeApiException e) {
      if (e.isNotFound()) {
        return new Gone();
      }
      LOG.log(Level.WARNING, "status refused pod=" + known.key() + ": " + e.getMessage());
      return new Later();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "status not written pod=" + known.key(), e);
      return new Later();
    }
  }

  private ObjectNode encode(Pod base, PodStatuses.Facts facts) {
    Pod.Status status =
        PodStatuses.compute(base, facts, context.now().truncatedTo(ChronoUnit.SECONDS));
    Pod whole = new Pod(base.metadata(), base.spec(), status);
    ObjectNode encoded = (ObjectNode) KubeCodec.encode(Resource.PODS, whole).required("status");
    // A merge patch keeps what it does not name.
    if (status.podIP().isEmpty()) {
      encoded.putNull("podIP");
      encoded.putNull("podIPs");
    }
    return encoded;
  }

  /** Ends the object's life; true when it is gone. */
  boolean delete(Pod pod) throws InterruptedException {
    try {
      context
          .client()
          .delete(
              Resource.PODS,
              pod.metadata().namespace(),
              pod.metadata().name(),
              DeleteOptions.grace(0).withUid(pod.metadata().uid()));
      return true;
    } catch (KubeApiException e) {
      if (e.isNotFound() || e.isConflict()) {
        return true;
      }
      LOG.log(Level.WARNING, "pod not deleted pod=" + pod.key() + ": " + e.getMessage());
      return false;
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "pod not deleted pod=" + pod.key(), e);
      return false;
    }
  }
}
