// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.time.Duration;
import java.util.Set;

/**
 * When a request is tried again, on another endpoint where there is one. A request of which nothing
 * was sent may always be; what is said here concerns those that may have been processed.
 *
 * @param attempts how often a request is tried in all, at least 1
 * @param within no further attempt begins after this time; zero for no limit
 * @param statuses response statuses that are tried again
 * @param onTimeout whether silence of an endpoint is
 * @param nonIdempotent whether requests are that have another effect when sent twice
 * @param backoff the least time between two attempts, whatever ended the first; zero for times of
 *     our own choice
 */
public record RetryPolicy(
    int attempts,
    Duration within,
    Set<Integer> statuses,
    boolean onTimeout,
    boolean nonIdempotent,
    Duration backoff) {
  /** Three attempts, never after a response, never where a second effect is possible. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(3, Duration.ZERO, Set.of(), false, false);

  /** With times of our own choice between attempts. */
  public RetryPolicy(
      int attempts,
      Duration within,
      Set<Integer> statuses,
      boolean onTimeout,
      boolean nonIdempotent) {
    this(attempts, within, statuses, onTimeout, nonIdempotent, Duration.ZERO);
  }

  public RetryPolicy {
    statuses = Set.copyOf(statuses);
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1: " + attempts);
    }
  }
}
