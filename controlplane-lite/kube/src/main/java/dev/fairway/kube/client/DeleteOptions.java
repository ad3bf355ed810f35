// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import org.jspecify.annotations.Nullable;

/**
 * How an object is deleted; null leaves the choice to the server.
 *
 * @param uid delete only the object with this uid, else the answer is 409
 * @param gracePeriodSeconds 0 deletes at once
 * @param propagation Foreground, Background or Orphan
 */
public record DeleteOptions(
    @Nullable String uid, @Nullable Long gracePeriodSeconds, @Nullable String propagation) {

  /** As the server likes. */
  public static final DeleteOptions NONE = new DeleteOptions(null, null, null);

  /** Only the object with this uid. */
  public static DeleteOptions uid(String uid) {
    return new DeleteOptions(uid, null, null);
  }

  /** With a grace period of so many seconds. */
  public static DeleteOptions grace(long seconds) {
    return new DeleteOptions(null, seconds, null);
  }

  /** The same options with a uid as the precondition. */
  public DeleteOptions withUid(String newUid) {
    return new DeleteOptions(newUid, gracePeriodSeconds, propagation);
  }

  /** The same options with Foreground, Background or Orphan. */
  public DeleteOptions withPropagation(String newPropagation) {
    return new DeleteOptions(uid, gracePeriodSeconds, newPropagation);
  }
}
