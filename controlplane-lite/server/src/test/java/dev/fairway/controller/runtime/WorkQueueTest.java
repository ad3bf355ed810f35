// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
  private long now;
  private final WorkQueue<String> queue =
      new WorkQueue<>(() -> now, new RetryBackoff(Duration.ofMillis(5), Duration.ofMillis(12)));

  @Test
  void keyAddedTwiceComesOnce() {
    queue.add("a");
    queue.add("a");

    assertThat(queue.poll()).isEqualTo("a");
    assertThat(queue.poll()).isNull();
  }

  @Test
  void keyAddedDuringWorkComesAgainAfterwardsOnly() {
    queue.add("a");
    assertThat(queue.poll()).isEqualTo("a");

    queue.add("a");
    assertThat(queue.poll()).isNull();
    queue.done("a");

    assertThat(queue.poll()).isEqualTo("a");
  }

  @Test
  void delayedKeyComesWhenItIsDueAndTheEarliestDelayCounts() {
    queue.addAfter("a", Duration.ofMillis(10));
    queue.addAfter("a", Duration.ofMillis(4));
    queue.addAfter("a", Duration.ofMillis(20));

    advance(3);
    assertThat(queue.poll()).isNull();
    advance(1);
    assertThat(queue.poll()).isEqualTo("a");
    queue.done("a");
    advance(100);
    assertThat(queue.poll()).isNull();
  }

  @Test
  void retriesWaitLongerEachTimeUpToTheMaximumAndSuccessForgets() {
    assertThat(delayOfRetry()).isEqualTo(5);
    assertThat(delayOfRetry()).isEqualTo(10);
    assertThat(delayOfRetry()).isEqualTo(12);
    assertThat(delayOfRetry()).isEqualTo(12);

    queue.succeeded("a");

    assertThat(delayOfRetry()).isEqualTo(5);
  }

  @Test
  void closedQueueReleasesWorkersAndTakesNothingMore() throws InterruptedException {
    queue.close();
    queue.add("a");

    assertThat(queue.take()).isNull();
    assertThat(queue.depth()).isZero();
  }

  private int delayOfRetry() {
    queue.retry("a");
    for (int millis = 0; ; millis++) {
      String key = queue.poll();
      if (key != null) {
        queue.done(key);
        return millis;
      }
      advance(1);
    }
  }

  private void advance(int millis) {
    now += Duration.ofMillis(millis).toNanos();
  }
}
