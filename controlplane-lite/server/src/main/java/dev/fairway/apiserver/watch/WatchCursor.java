// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import dev.fairway.apiserver.storage.Change;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The place of one watch in a {@link WatchCache}. Confined to the watch's thread. */
public final class WatchCursor {
  private final WatchCache cache;
  private long sequence;
  private long revision;
  private boolean ended;

  WatchCursor(WatchCache cache, long sequence, long revision) {
    this.cache = cache;
    this.sequence = sequence;
    this.revision = revision;
  }

  /**
   * Waits for changes.
   *
   * @param max how many at most
   * @param waitNanos how long to wait for the first one
   * @return changes in order, empty if there were none in that time, null if the watch was too slow
   *     and changes were dropped that it has not seen
   */
  public @Nullable List<Change> next(int max, long waitNanos) throws InterruptedException {
    WatchCache.Read read = cache.read(sequence, revision, max, waitNanos);
    if (read == null) {
      ended = true;
      return null;
    }
    sequence += read.changes().size();
    revision = read.revision();
    ended = read.closed() && read.changes().isEmpty();
    return read.changes();
  }

  /** Every change up to this revision was returned by {@link #next}: what a bookmark may say. */
  public long revision() {
    return revision;
  }

  /** Nothing will come any more: the cache was closed or the watch was too slow. */
  public boolean ended() {
    return ended;
  }
}
