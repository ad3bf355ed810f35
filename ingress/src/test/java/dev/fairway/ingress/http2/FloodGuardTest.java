// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many frames a client may send. */
class FloodGuardTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void framesAboveTheAllowanceAreTooMany() {
    FloodGuard guard = new FloodGuard(3);
    for (int i = 0; i < 3; i++) {
      assertThat(guard.admit(i)).isTrue();
    }
    assertThat(guard.admit(3)).isFalse();
  }

  @Test
  void everyWindowHasItsOwnAllowance() {
    FloodGuard guard = new FloodGuard(1);
    assertThat(guard.admit(0)).isTrue();
    assertThat(guard.admit(30 * SECOND)).isFalse();
    assertThat(guard.admit(31 * SECOND)).isTrue();
  }

  @Test
  void earnedFramesComeOnTop() {
    FloodGuard guard = new FloodGuard(1);
    assertThat(guard.admit(0)).isTrue();
    guard.earn(1);
    assertThat(guard.admit(1)).isTrue();
    assertThat(guard.admit(2)).isFalse();
  }
}
