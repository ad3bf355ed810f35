// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages hold names and texts that others chose. */
class LoggingTest {
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n", "\u001b", "\0", "\u0085", "\u2028", "\u2029"})
  void noMessageBeginsALine(String end) {
    String line = line("name=web" + end + "2026-11-22T00:00:00.000Z ERROR Fake it never happened");
    assertThat(line).endsWith("never happened\n").contains("name=web?");
    assertThat(line.strip()).matches("[ -~]+");
  }

  @Test
  void messageIsBounded() {
    assertThat(line("a".repeat(1_000_000))).hasSizeLessThan(8_200);
  }

  @Test
  void ordinaryMessageIsAsItWasWritten() {
    assertThat(line("started port=80 (\u00e4 {x} $1)"))
        .isEqualTo("1970-01-01T00:00:01.000Z INFO  Web started port=80 (\u00e4 {x} $1)\n");
  }

  private static String line(String message) {
    LoggerContext context = new LoggerContext();
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern(Logging.PATTERN);
    layout.start();
    LoggingEvent event = new LoggingEvent();
    event.setLoggerContextRemoteView(context.getLoggerContextRemoteView());
    event.setLoggerName("dev.fairway.Web");
    event.setLevel(Level.INFO);
    event.setMessage(message);
    event.setThreadName("main");
    event.setTimeStamp(1_000);
    return layout.doLayout(event);
  }
}
