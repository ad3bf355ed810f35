// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErrorLogTest {
  private final List<String> lines = new ArrayList<>();

  /** Stopped: what is scheduled happens at once. */
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  private long now;

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private ErrorLog log(ErrorLogOptions options) {
    return new ErrorLog(options, timer, () -> now, (level, text) -> lines.add(level + " " + text));
  }

  private static ErrorLogOptions timeouts(System.Logger.Level level, boolean showFirst) {
    return new ErrorLogOptions(
        true,
        List.of(
            new ErrorLogOptions.Consolidated(
                Duration.ofMinutes(5), Pattern.compile("timeout$"), level, showFirst)));
  }

  @Test
  void manyErrors_areToldInPart() {
    ErrorLog log = log(ErrorLogOptions.ON);
    for (int i = 0; i < 1000; i++) {
      int number = i;
      log.error(() -> "error " + number);
    }
    assertThat(lines).hasSize(ErrorLog.MAX_LINES).startsWith("WARNING error 0");

    now += 10_000_000_000L;
    log.error(() -> "another");
    assertThat(lines)
        .endsWith("WARNING 990 more errors were not logged", "WARNING another")
        .hasSize(ErrorLog.MAX_LINES + 2);
  }

  @Test
  void off_tellsNothing() {
    log(ErrorLogOptions.OFF).error(() -> "error");

    assertThat(lines).isEmpty();
  }

  @Test
  void consolidated_tellsTheFirstAndThenTheNumber() {
    timer.shutdownNow();
    ErrorLog log = log(timeouts(System.Logger.Level.ERROR, true));

    log.error(() -> "a: timeout");
    log.error(() -> "b: refused");

    assertThat(lines).containsExactly("ERROR a: timeout", "WARNING b: refused");
  }

  @Test
  void consolidated_isCounted() {
    timer.shutdownNow();
    ErrorLog log = log(timeouts(System.Logger.Level.WARNING, false));

    log.error(() -> "a: timeout");

    assertThat(lines).containsExactly("WARNING 1 errors like 'timeout$' occurred in last 300s");
  }
}
