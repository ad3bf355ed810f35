// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** Somebody who programs something from snapshots. */
public interface SnapshotListener {
  /**
   * A new snapshot was published. Called in order of revision on the publisher's thread: long work
   * here delays everybody else.
   */
  void onSnapshot(SnapshotDelta delta);
}
