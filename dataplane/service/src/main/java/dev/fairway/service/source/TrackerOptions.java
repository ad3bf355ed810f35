// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import java.time.Duration;
import java.time.Instant;

/**
 * Settings of a {@link ServiceTracker}.
 *
 * @param minInterval least time between two snapshots; a change after a quiet time is published at
 *     once
 * @param start changes of endpoints that were caused before are not measured
 */
public record TrackerOptions(Duration minInterval, Instant start) {
  public TrackerOptions {
    if (minInterval.isNegative()) {
      throw new IllegalArgumentException("minInterval is negative: " + minInterval);
    }
  }

  /** Ten milliseconds between snapshots; measures what is caused from now on. */
  public static TrackerOptions defaults() {
    return new TrackerOptions(Duration.ofMillis(10), Instant.now());
  }
}
