// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Kubernetes' flags write them: {@code 40s}, {@code 1m30s}, {@code 1.5h}. */
final class GoDuration {
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /**
   * The duration that the text means.
   *
   * @throws IllegalArgumentException with an example if it means none
   */
  static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int at = 0;
    while (part.find() && part.start() == at) {
      nanos =
          nanos.add(
              new BigDecimal(part.group(1))
                  .multiply(BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L))));
      at = part.end();
    }
    if (at == 0 || at != text.length() || nanos.compareTo(BigDecimal.valueOf(1L << 62)) > 0) {
      throw new IllegalArgumentException("expected a duration such as 40s or 1m30s");
    }
    return Duration.ofNanos(nanos.longValue());
  }
}
