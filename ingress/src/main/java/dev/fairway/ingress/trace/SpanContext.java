// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A span that something else may be the child of: what a {@code traceparent} field says.
 *
 * @param traceHigh the first half of the trace's id; never zero together with the other half
 * @param traceLow the second half
 * @param spanId never zero
 * @param sampled whether the span may have been recorded
 */
public record SpanContext(long traceHigh, long traceLow, long spanId, boolean sampled) {
  private static final int TRACE = 3;
  private static final int SPAN = 36;
  private static final int FLAGS = 53;
  private static final int LENGTH = 55;

  /**
   * Reads a {@code traceparent} (W3C Trace Context, section 3.2).
   *
   * @return null where it is malformed, or its version is one that nobody may use
   */
  public static @Nullable SpanContext parse(String traceparent) {
    if (!hasShape(traceparent)) {
      return null;
    }
    int version = (int) Hex.parse(traceparent, 0, 2);
    int length = traceparent.length();
    boolean wrongEnd = version == 0 ? length != LENGTH : !mayEnd(traceparent);
    if (version == 0xff || wrongEnd) {
      return null;
    }
    long high = Hex.parse(traceparent, TRACE, TRACE + 16);
    long low = Hex.parse(traceparent, TRACE + 16, SPAN - 1);
    long span = Hex.parse(traceparent, SPAN, FLAGS - 1);
    if ((high | low) == 0 || span == 0) {
      return null;
    }
    return new SpanContext(high, low, span, (Hex.parse(traceparent, FLAGS, LENGTH) & 1) != 0);
  }

  /** Later versions may say more, after another hyphen. */
  private static boolean mayEnd(String traceparent) {
    return traceparent.length() == LENGTH || traceparent.charAt(LENGTH) == '-';
  }

  private static boolean hasShape(String text) {
    return text.length() >= LENGTH
        && text.charAt(TRACE - 1) == '-'
        && text.charAt(SPAN - 1) == '-'
        && text.charAt(FLAGS - 1) == '-'
        && Hex.isDigits(text, 0, TRACE - 1)
        && Hex.isDigits(text, TRACE, SPAN - 1)
        && Hex.isDigits(text, SPAN, FLAGS - 1)
        && Hex.isDigits(text, FLAGS, LENGTH);
  }

  /** A {@code traceparent} of version 00. */
  static String header(long traceHigh, long traceLow, long spanId, boolean sampled) {
    byte[] text = new byte[LENGTH];
    text[0] = '0';
    text[1] = '0';
    text[TRACE - 1] = '-';
    Hex.write(traceHigh, text, TRACE);
    Hex.write(traceLow, text, TRACE + 16);
    text[SPAN - 1] = '-';
    Hex.write(spanId, text, SPAN);
    text[FLAGS - 1] = '-';
    text[FLAGS] = '0';
    text[FLAGS + 1] = (byte) (sampled ? '1' : '0');
    return new String(text, StandardCharsets.ISO_8859_1);
  }
}
