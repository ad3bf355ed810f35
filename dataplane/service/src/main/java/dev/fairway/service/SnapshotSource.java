// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** Where snapshots come from. */
public interface SnapshotSource {
  /** The latest snapshot; {@link ServiceSnapshot#empty()} before the first was published. */
  ServiceSnapshot snapshot();

  /**
   * Adds a listener. If a snapshot was published already, the listener first gets that one as a
   * step from the empty snapshot; it misses none and sees none twice.
   */
  void addListener(SnapshotListener listener);
}
