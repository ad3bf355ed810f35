// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The text of the Date field, formatted once a second. Thread-safe. */
public final class HttpDates {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private record Text(long second, String value) {}

  private final InstantSource clock;
  private volatile Text cached = new Text(Long.MIN_VALUE, "");

  public HttpDates(InstantSource clock) {
    this.clock = clock;
  }

  /** Now, as RFC 9110 section 5.6.7 writes it. */
  public String now() {
    long second = Math.floorDiv(clock.millis(), 1000L);
    Text text = cached;
    if (text.second != second) {
      text = new Text(second, FORMAT.format(Instant.ofEpochSecond(second)));
      cached = text;
    }
    return text.value;
  }
}
