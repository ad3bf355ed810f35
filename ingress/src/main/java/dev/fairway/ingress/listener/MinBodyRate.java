// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import java.time.Duration;

/**
 * How fast the body of a request must arrive at least, while its backend takes it.
 *
 * @param bytesPerSecond 0 for no limit
 * @param window the time over which it is measured
 */
public record MinBodyRate(long bytesPerSecond, Duration window) {
  /** Bodies may be as slow as silence allows. */
  public static final MinBodyRate NONE = of(0);

  /** A rate that is measured over ten seconds. */
  public static MinBodyRate of(long bytesPerSecond) {
    return new MinBodyRate(bytesPerSecond, Duration.ofSeconds(10));
  }

  /** How many bytes a window must bring. */
  long bytesPerWindow() {
    return bytesPerSecond * window.toMillis() / 1000;
  }
}
