// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.time.Duration;

/** Programs one data plane from snapshots. */
public interface Proxier extends SnapshotListener, AutoCloseable {

  /** The mode's name, as it is answered to whoever asks for the proxy mode. */
  String name();

  /**
   * Programs the step to a snapshot. When this returns, new connections choose among the endpoints
   * of the new snapshot; addresses that appear or disappear follow a moment later, see {@link
   * #awaitApplied}.
   */
  SyncResult sync(SnapshotDelta delta);

  @Override
  default void onSnapshot(SnapshotDelta delta) {
    sync(delta);
  }

  /**
   * Waits until everything of a snapshot is programmed, so that an endpoint it no longer has gets
   * no new connection.
   *
   * @return false if that took longer than the timeout
   */
  boolean awaitApplied(long revision, Duration timeout) throws InterruptedException;

  /** Takes no new connections, lets those that are open go on for that long, then closes them. */
  void close(Duration drain);

  /** Closes at once. */
  @Override
  default void close() {
    close(Duration.ZERO);
  }
}
