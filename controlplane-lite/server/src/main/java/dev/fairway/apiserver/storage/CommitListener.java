// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import java.util.List;

/** Hears of writes that are on disk, in revision order, on the store's one commit thread. */
public interface CommitListener {
  /**
   * Must not block.
   *
   * @param changes ordered by revision
   */
  void onCommitted(List<Change> changes);
}
