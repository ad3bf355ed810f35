// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the memory that load has left behind is given back. */
class IdleCollectorTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final long MEBIBYTE = 1 << 20;

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "quiet after load, 100, 20, 100, true",
    "never collected yet, 40, 0, 0, true",
    "nothing to give back, 30, 20, 0, false",
    "still at work, 100, 20, 5000, false",
    "a request now and then, 100, 20, 400, true",
  })
  void collectsWhatIsWorthwhileInQuietMoments(
      String name, long usedMebibytes, long leftMebibytes, long busyMillis, boolean collected) {
    Fake process = new Fake();
    IdleCollector collector = new IdleCollector(process);
    process.used = usedMebibytes * MEBIBYTE;
    process.left = leftMebibytes * MEBIBYTE;
    process.processorTime += Duration.ofMillis(busyMillis).toNanos();
    collector.look(INTERVAL);
    assertThat(process.collections).isEqualTo(collected ? 1 : 0);
  }

  @ParameterizedTest(name = "{0} quiet intervals")
  @CsvSource({"1", "5"})
  void collectsOnceAfterLoad(int intervals) {
    Fake process = new Fake();
    IdleCollector collector = new IdleCollector(process);
    process.used = 200 * MEBIBYTE;
    for (int i = 0; i < intervals; i++) {
      collector.look(INTERVAL);
    }
    assertThat(process.collections).isEqualTo(1);
  }

  @Test
  void timeOfTheCollectionDoesNotCount() {
    Fake process = new Fake();
    IdleCollector collector = new IdleCollector(process);
    process.used = 200 * MEBIBYTE;
    process.costOfCollection = INTERVAL.toNanos();
    collector.look(INTERVAL);
    process.used = 200 * MEBIBYTE;
    collector.look(INTERVAL);
    assertThat(process.collections).isEqualTo(2);
  }

  private static final class Fake implements IdleCollector.Process {
    private long used;
    private long left;
    private long processorTime = 1_000;
    private long costOfCollection;
    private int collections;

    @Override
    public long used() {
      return used;
    }

    @Override
    public long left() {
      return left;
    }

    @Override
    public long processorTime() {
      return processorTime;
    }

    @Override
    public void collect() {
      collections++;
      processorTime += costOfCollection;
      used = left;
    }
  }
}
