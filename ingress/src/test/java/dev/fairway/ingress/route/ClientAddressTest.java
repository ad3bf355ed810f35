// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Only what a trusted proxy wrote itself is believed, which stands at the right. */
class ClientAddressTest {
  @ParameterizedTest(name = "trusted {0}, X-Forwarded-For {1} and {2}: {3}")
  @CsvSource({
    "true, 192.0.2.1, , 192.0.2.1",
    "true, '192.0.2.1, 192.0.2.2', , 192.0.2.2",
    "true, '127.0.0.1, 192.0.2.2', , 192.0.2.2",
    "true, 192.0.2.1, 192.0.2.2, 192.0.2.2",
    "true, '192.0.2.1, 192.0.2.2', '192.0.2.3,2001:db8::4', 2001:db8::4",
    "true, '192.0.2.1,', , 203.0.113.1",
    "true, '192.0.2.1, unknown', , 203.0.113.1",
    "true, , , 203.0.113.1",
    "false, 192.0.2.1, , 203.0.113.1",
    "false, '192.0.2.1, 192.0.2.2', 192.0.2.3, 203.0.113.1",
  })
  void isCountedFromTheRight(boolean trusted, String first, String second, String expected) {
    FakeRequest request = FakeRequest.from("203.0.113.1", "GET", "http://h/");
    for (String value : new String[] {first, second}) {
      if (value != null) {
        request.head().fields().add("X-Forwarded-For", value);
      }
    }
    if (trusted) {
      request.ofTrustedPeer();
    }
    assertThat(ClientAddress.text(request)).isEqualTo(expected);
  }
}
