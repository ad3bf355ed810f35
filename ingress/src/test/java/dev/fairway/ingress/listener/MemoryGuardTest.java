// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryGuardTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "at first,                0,              serves",
    "just below,              0.949,          serves",
    "95 %,                    0.95,           sheds",
    "97.9 %,                  0.979,          sheds",
    "98 %,                    0.98,           refuses",
    "still above 90 %,        0.95 0.91,      sheds",
    "below 90 %,              0.95 0.89,      serves",
    "up again after relief,   0.95 0.89 0.94, serves",
    "still above 95 %,        0.98 0.96,      refuses",
    "below 95 %,              0.98 0.94,      sheds",
    "far below,               0.98 0.1,       serves"
  })
  void whatIsInUseDecidesWithSomePatience(String name, String readings, String outcome) {
    AtomicReference<Double> used = new AtomicReference<>(0.0);
    MemoryGuard guard = new MemoryGuard(used::get);
    for (String reading : readings.split(" ")) {
      used.set(Double.valueOf(reading));
      guard.sample();
    }
    String does =
        guard.refusesConnections() ? "refuses" : guard.shedsRequests() ? "sheds" : "serves";
    assertThat(does).isEqualTo(outcome);
  }

  @Test
  void theProcessUsesSomeOfItsMemory() {
    assertThat(MemoryGuard.ofProcess().getAsDouble()).isStrictlyBetween(0.0, 1.0);
  }
}
