// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations as GEP-2257 has them: at most four parts of at most five digits and h, m, s or ms. */
final class GatewayDuration {
  private GatewayDuration() {}

  /** The duration, or null where the text is none. */
  static @Nullable Duration parse(String text) {
    long millis = 0;
    int parts = 0;
    int at = 0;
    while (at < text.length()) {
      int digits = at;
      long number = 0;
      while (digits < text.length() && Character.digit(text.charAt(digits), 10) >= 0) {
        number = number * 10 + Character.digit(text.charAt(digits), 10);
        digits++;
        if (digits - at > 5) {
          return null;
        }
      }
      int end = digits;
      while (end < text.length() && Character.isLetter(text.charAt(end))) {
        end++;
      }
      long unit =
          switch (text.substring(digits, end)) {
            case "h" -> 3_600_000;
            case "m" -> 60_000;
            case "s" -> 1000;
            case "ms" -> 1;
            default -> 0;
          };
      parts++;
      if (digits == at || unit == 0 || parts > 4) {
        return null;
      }
      millis += number * unit;
      at = end;
    }
    return parts == 0 ? null : Duration.ofMillis(millis);
  }
}
