// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

/**
 * Counts frames that cost us more than their sender, in windows of time. What a client may send is
 * a number for each window, and more where it has reason to. Confined to one event loop.
 */
public final class FloodGuard {
  private static final long WINDOW_NANOS = 30_000_000_000L;

  private final int allowance;
  private long windowStart;
  private long count;
  private long earned;
  private boolean started;

  /**
   * @param allowance frames in 30 s without any reason
   */
  public FloodGuard(int allowance) {
    this.allowance = allowance;
  }

  /** Something happened that justifies further frames. */
  public void earn(long frames) {
    earned += frames;
  }

  /** Counts a frame; false where it is one too many. */
  public boolean admit(long nanoTime) {
    if (!started || nanoTime - windowStart > WINDOW_NANOS) {
      started = true;
      windowStart = nanoTime;
      count = 0;
      earned = 0;
    }
    count++;
    return count <= allowance + earned;
  }
}
