// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Brings the world one step closer to what the object with a key asks for. Level-triggered: it
 * looks at the present state alone, so it may be called at any time and any number of times.
 */
@FunctionalInterface
public interface Reconciler {

  /**
   * Reconciles one object.
   *
   * @return when to look again without being asked to
   */
  Result reconcile(ObjectKey key) throws KubeApiException, IOException, InterruptedException;

  /**
   * What follows a reconciliation.
   *
   * @param requeueAfter look again after this time, or null to wait for the next change
   */
  record Result(@Nullable Duration requeueAfter) {
    /** Nothing to do until something changes. */
    public static final Result DONE = new Result(null);

    /** Look again after this time. */
    public static Result after(Duration delay) {
      return new Result(delay);
    }
  }
}
