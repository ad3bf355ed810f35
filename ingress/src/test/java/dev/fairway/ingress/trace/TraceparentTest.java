// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.trace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which texts are a traceparent (W3C Trace Context, level 1, section 3.2.2). */
class TraceparentTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "sampled,                        00-" + TRACE + '-' + SPAN + "-01, true",
    "not sampled,                    00-" + TRACE + '-' + SPAN + "-00, false",
    "other flags are ignored,        00-" + TRACE + '-' + SPAN + "-09, true",
    "all flags but sampled,          00-" + TRACE + '-' + SPAN + "-fe, false",
    "later version,                  01-" + TRACE + '-' + SPAN + "-01, true",
    "later version says more,        cc-" + TRACE + '-' + SPAN + "-01-what-follows, true",
    "later version with a hyphen,    cc-" + TRACE + '-' + SPAN + "-01-, true",
    "half of a trace id may be zero, 00-0000000000000000a3ce929d0e0e4736-" + SPAN + "-01, true",
  })
  void isRead(String row, String text, boolean sampled) {
    SpanContext read = SpanContext.parse(text);
    assertThat(read).as(row).isNotNull();
    assertThat(Hex.of(read.traceHigh(), read.traceLow())).isEqualTo(text.substring(3, 35));
    assertThat(Hex.of(read.spanId())).isEqualTo(SPAN);
    assertThat(read.sampled()).isEqualTo(sampled);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "empty,                       ''",
    "version ff,                  ff-" + TRACE + '-' + SPAN + "-01",
    "version 00 says more,        00-" + TRACE + '-' + SPAN + "-01-what-follows",
    "version 00 with a hyphen,    00-" + TRACE + '-' + SPAN + "-01-",
    "later version without one,   cc-" + TRACE + '-' + SPAN + "-01.what-follows",
    "version of one digit,        0-" + TRACE + '-' + SPAN + "-01",
    "version in upper case,       0A-" + TRACE + '-' + SPAN + "-01",
    "trace id of zeros,           00-00000000000000000000000000000000-" + SPAN + "-01",
    "span id of zeros,            00-" + TRACE + "-0000000000000000-01",
    "trace id in upper case,      00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
    "span id in upper case,       00-" + TRACE + "-00F067AA0BA902B7-01",
    "flags in upper case,         00-" + TRACE + '-' + SPAN + "-0A",
    "trace id too short,          00-4bf92f3577b34da6a3ce929d0e0e473-" + SPAN + "-01",
    "trace id too long,           00-" + TRACE + "0-" + SPAN + "-01",
    "span id too short,           00-" + TRACE + "-00f067aa0ba902b-01",
    "span id too long,            00-" + TRACE + '-' + SPAN + "0-01",
    "flags of one digit,          00-" + TRACE + '-' + SPAN + "-1",
    "flags of three digits,       00-" + TRACE + '-' + SPAN + "-011",
    "no flags,                    00-" + TRACE + '-' + SPAN,
    "no digit in the trace id,    00-4bf92f3577b34da6a3ce929d0e0e473g-" + SPAN + "-01",
    "no digit in the span id,     00-" + TRACE + "-00f067aa0ba902bz-01",
    "no digit in the flags,       00-" + TRACE + '-' + SPAN + "-.1",
    "underscores,                 00_" + TRACE + '_' + SPAN + "_01",
    "list of two,                 '00-"
        + TRACE
        + '-'
        + SPAN
        + "-01,00-"
        + TRACE
        + '-'
        + SPAN
        + "-01'",
  })
  void isNone(String row, String text) {
    assertThat(SpanContext.parse(text)).as(row).isNull();
  }
}
