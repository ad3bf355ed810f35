// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/**
 * How fast the body of a response may go to its client.
 *
 * @param bytesPerSecond 1 or more
 * @param after so many bytes go without a limit
 */
public record ResponseRate(long bytesPerSecond, long after) {
  public ResponseRate {
    if (bytesPerSecond < 1 || after < 0) {
      throw new IllegalArgumentException("not a rate: " + bytesPerSecond + " after " + after);
    }
  }

  /**
   * When the next byte may follow.
   *
   * @param sent bytes of the body so far
   * @return nanoseconds since the body began
   */
  public long dueNanos(long sent) {
    long limited = sent - after;
    if (limited <= 0) {
      return 0;
    }
    long seconds = limited / bytesPerSecond;
    long rest = limited % bytesPerSecond;
    return seconds >= Long.MAX_VALUE / 2_000_000_000L
        ? Long.MAX_VALUE / 2
        : seconds * 1_000_000_000L + (long) (rest * 1e9 / bytesPerSecond);
  }
}
