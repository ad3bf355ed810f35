// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the next byte of a response is due. */
class ResponseRateTest {
  @ParameterizedTest(name = "{0} B/s after {1}: byte after {2} is due at {3} ns")
  @CsvSource({
    "1024, 0, 0, 0",
    "1024, 0, 1024, 1000000000",
    "1024, 0, 512, 500000000",
    "1024, 4096, 4096, 0",
    "1024, 4096, 4097, 976562",
    "1024, 4096, 6144, 2000000000",
    "1, 0, 9223372036854775807, 4611686018427387903",
    "9223372036854775807, 0, 1000000, 0",
  })
  void bytesAreDueByTheRate(long rate, long after, long sent, long due) {
    assertThat(new ResponseRate(rate, after).dueNanos(sent)).isEqualTo(due);
  }

  @Test
  void rateOfNothingIsNone() {
    assertThatThrownBy(() -> new ResponseRate(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ResponseRate(1, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
