// SPDX-License-Identifier: Apache-2.0
package dev.fairway.scheduler;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Amounts such as {@code 100m}, {@code 1.5}, {@code 64Mi}, {@code 2G} or {@code 1e3}. */
final class Quantity {
  private static final Map<String, BigDecimal> SUFFIXES =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1e-9")),
          Map.entry("u", new BigDecimal("1e-6")),
          Map.entry("m", new BigDecimal("1e-3")),
          Map.entry("", BigDecimal.ONE),
          Map.entry("k", new BigDecimal("1e3")),
          Map.entry("M", new BigDecimal("1e6")),
          Map.entry("G", new BigDecimal("1e9")),
          Map.entry("T", new BigDecimal("1e12")),
          Map.entry("P", new BigDecimal("1e15")),
          Map.entry("E", new BigDecimal("1e18")),
          Map.entry("Ki", BigDecimal.TWO.pow(10)),
          Map.entry("Mi", BigDecimal.TWO.pow(20)),
          Map.entry("Gi", BigDecimal.TWO.pow(30)),
          Map.entry("Ti", BigDecimal.TWO.pow(40)),
          Map.entry("Pi", BigDecimal.TWO.pow(50)),
          Map.entry("Ei", BigDecimal.TWO.pow(60)));
  private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  private Quantity() {}

  /** Thousandths, rounded up; 0 for absent or malformed text, which the API refuses. */
  static long milli(@Nullable String text) {
    return scaled(text, 3);
  }

  /** Whole units, rounded up; 0 for absent or malformed text. */
  static long units(@Nullable String text) {
    return scaled(text, 0);
  }

  private static long scaled(@Nullable String text, int digits) {
    if (text == null || text.isEmpty() || text.length() > 64) {
      return 0;
    }
    int end = text.length();
    while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
      end--;
    }
    BigDecimal factor = SUFFIXES.get(text.substring(end));
    if (factor == null) {
      return 0;
    }
    try {
      BigDecimal value = new BigDecimal(text.substring(0, end)).multiply(factor);
      if (value.precision() - value.scale() > 30) {
        return Long.MAX_VALUE;
      }
      return value
          .movePointRight(digits)
          .setScale(0, RoundingMode.CEILING)
          .min(LARGEST)
          .longValue();
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
