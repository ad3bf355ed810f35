// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import java.time.Duration;

/**
 * Settings of a {@link ServiceTracker}.
 *
 * @param minInterval least time between two snapshots; a change after a quiet time is published at
 *     once
 */
public record TrackerOptions(Duration minInterval) {
  public TrackerOptions {
    if (minInterval.isNegative()) {
      throw new IllegalArgumentException("minInterval is negative: " + minInterval);
    }
  }

  /** Ten milliseconds between snapshots. */
  public static TrackerOptions defaults() {
    return new TrackerOptions(Duration.ofMillis(10));
  }
}
