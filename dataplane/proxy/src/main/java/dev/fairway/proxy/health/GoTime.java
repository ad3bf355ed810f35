// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import java.time.Instant;

/** Instants as Go writes them into JSON: RFC 3339 with as many digits as it takes. */
final class GoTime {
  /** The time that never was. */
  static final Instant ZERO = Instant.parse("0001-01-01T00:00:00Z");

  private GoTime() {}

  /** The instant's text; fractions of a second end with their last digit that is not zero. */
  static String text(Instant instant) {
    String text = instant.toString();
    if (text.indexOf('.') < 0) {
      return text;
    }
    int end = text.length() - 1;
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, end) + "Z";
  }
}
