// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {
  @ParameterizedTest(name = "{0} elements")
  @CsvSource({
    "0, 1024",
    "716, 1024",
    "717, 2048",
    "88250, 131072",
    "4000000000, 67108864",
  })
  void sizes(long elements, int size) {
    assertThat(Room.sizeFor(elements)).isEqualTo(size);
  }
}
