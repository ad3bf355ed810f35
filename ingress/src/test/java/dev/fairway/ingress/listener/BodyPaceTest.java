// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that is waited for must bring 1000 bytes in ten seconds here. */
class BodyPaceTest {
  private final MockTicker time = Ticker.newMockTicker();
  private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(time).build();
  private final AtomicInteger tooSlow = new AtomicInteger();
  private boolean wanted = true;
  private final BodyPace pace =
      new BodyPace(
          new MinBodyRate(100, Duration.ofSeconds(10)),
          channel.eventLoop(),
          () -> wanted,
          tooSlow::incrementAndGet);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void windowThatBringsTooLittleIsTooSlow() {
    pace.arrived(999);
    advance(9);
    assertThat(tooSlow).hasValue(0);
    advance(1);
    assertThat(tooSlow).hasValue(1);
  }

  @Test
  void everyWindowMustBringItsPart() {
    pace.arrived(1_000_000);
    advance(10);
    assertThat(tooSlow).hasValue(0);
    advance(10);
    assertThat(tooSlow).hasValue(1);
  }

  @Test
  void rateThatIsKeptIsFastEnough() {
    for (int i = 0; i < 100; i++) {
      pace.arrived(500);
      advance(5);
    }
    assertThat(tooSlow).hasValue(0);
  }

  @Test
  void windowInWhichTheBackendTookNoMoreDoesNotCount() {
    wanted = false;
    pace.arrived(1);
    wanted = true;
    advance(10);
    assertThat(tooSlow).hasValue(0);
    advance(10);
    assertThat(tooSlow).as("from then on the client alone is waited for").hasValue(1);
  }

  @Test
  void clientIsNotWaitedForWhileTheBackendTakesNothing() {
    pace.arrived(1000);
    wanted = false;
    advance(100);
    wanted = true;
    advance(10);
    assertThat(tooSlow).hasValue(0);
  }

  @Test
  void bodyThatIsCompleteIsNotWatched() {
    pace.cancel();
    advance(100);
    assertThat(tooSlow).hasValue(0);
  }

  private void advance(long seconds) {
    for (int i = 0; i < seconds; i++) {
      time.advance(1, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
  }
}
