// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Row 44: endpoints are in the order of their texts. */
class TextOrderTest {

  @Test
  void ipv4_isInTheOrderOfItsText() {
    Random random = new Random(44);
    List<IpAddress> addresses = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      addresses.add(IpAddress.ofIpv4(random.nextInt()));
      addresses.add(IpAddress.ofIpv4(0x0a00_0000 | random.nextInt(300)));
    }
    assertThat(sorted(addresses))
        .isEqualTo(addresses.stream().map(address -> address + ":").sorted().toList());
  }

  private static List<String> sorted(List<IpAddress> addresses) {
    List<String> texts = new ArrayList<>();
    for (int index : TextOrder.sort(addresses)) {
      texts.add(addresses.get(index) + ":");
    }
    return texts;
  }

  @Test
  void bothFamilies_ipv4First() {
    List<IpAddress> addresses =
        new ArrayList<>(
            List.of(
                IpAddress.parse("fd00::2"),
                IpAddress.parse("10.0.1.1"),
                IpAddress.parse("fd00::10"),
                IpAddress.parse("10.0.1.10"),
                IpAddress.parse("fd00::1")));
    for (int i = 0; i < addresses.size(); i++) {
      Collections.rotate(addresses, 1);
      assertThat(sorted(addresses))
          .containsExactly("10.0.1.10:", "10.0.1.1:", "fd00::10:", "fd00::1:", "fd00::2:");
    }
  }

  @Test
  void equalAddresses_stayAsTheyWere() {
    IpAddress address = IpAddress.parse("10.0.0.1");
    IpAddress v6 = IpAddress.parse("fd00::1");
    assertThat(TextOrder.sort(List.of(v6, address, v6, address))).containsExactly(1, 3, 0, 2);
    assertThat(
            List.of(TextOrder.key(0x0a00_010a), TextOrder.key(0x0a00_0101)).stream()
                .sorted(Comparator.naturalOrder())
                .toList())
        .containsExactly(TextOrder.key(0x0a00_010a), TextOrder.key(0x0a00_0101));
  }
}
