// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.ResponseRate;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A body is read again when its next bytes are due, not before. */
class ResponsePaceTest {
  private final MockTicker time = Ticker.newMockTicker();
  private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(time).build();
  private final AtomicInteger resumed = new AtomicInteger();
  private final ResponsePace pace =
      new ResponsePace(new ResponseRate(1000, 500), channel.eventLoop(), resumed::incrementAndGet);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void firstBytesPassFreely() {
    pace.passed(500);
    assertThat(pace.isOpen()).isTrue();
  }

  @Test
  void laterBytesWaitUntilTheyAreDue() {
    pace.passed(1500);
    assertThat(pace.isOpen()).isFalse();
    advance(999);
    assertThat(pace.isOpen()).isFalse();
    assertThat(resumed).hasValue(0);
    advance(1);
    assertThat(pace.isOpen()).isTrue();
    assertThat(resumed).hasValue(1);
  }

  @Test
  void timeThatTheBackendTookCounts() {
    advance(5000);
    pace.passed(1500);
    assertThat(pace.isOpen()).isTrue();
  }

  @Test
  void whatIsSentMeanwhileMovesTheTime() {
    pace.passed(1500);
    pace.passed(1000);
    advance(1000);
    assertThat(pace.isOpen()).isFalse();
    advance(1000);
    assertThat(pace.isOpen()).isTrue();
    assertThat(resumed).hasValue(1);
  }

  @Test
  void responseThatIsOverIsNotResumed() {
    pace.passed(1500);
    pace.cancel();
    advance(10_000);
    assertThat(resumed).hasValue(0);
  }

  private void advance(long millis) {
    time.advance(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }
}
