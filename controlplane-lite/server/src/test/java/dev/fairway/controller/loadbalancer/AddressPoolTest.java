// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPoolTest {

  @ParameterizedTest(name = "{0}, taken {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "127.112.0.0/16 | -                       | 127.112.0.1",
        "127.112.0.0/16 | 127.112.0.1,127.112.0.2 | 127.112.0.3",
        "127.112.0.0/30 | 127.112.0.1,127.112.0.2 | ",
        "10.0.0.5/32    | -                       | 10.0.0.5",
        "10.0.0.5       | -                       | 10.0.0.5",
        "10.0.0.4/31    | 10.0.0.4                | 10.0.0.5",
        "10.0.0.255/30  | -                       | 10.0.0.253",
      })
  void firstFreeAddress(String cidr, String taken, String expected) {
    Set<String> used = taken.equals("-") ? Set.of() : Set.of(taken.split(","));

    assertThat(new AddressPool(List.of(cidr)).firstFree("IPv4", used)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({"fd00::/120, fd00::1", "fd00:0:0:1::/64, fd00:0:0:1::1", "'::/64', ::1"})
  void ipv6IsWrittenAsRfc5952Says(String cidr, String expected) {
    AddressPool pool = new AddressPool(List.of("10.0.0.0/8", cidr));

    assertThat(pool.firstFree("IPv6", Set.of())).isEqualTo(expected);
    assertThat(pool.canonical(expected)).isEqualTo(expected);
  }

  @Test
  void blocksAreUsedInOrderAndEveryAddressOnce() {
    AddressPool pool = new AddressPool(List.of("10.0.1.0/29", "10.0.0.9"));
    Set<String> taken = new TreeSet<>();
    String last = "";
    for (String next = pool.firstFree("IPv4", taken);
        next != null;
        next = pool.firstFree("IPv4", taken)) {
      assertThat(taken.add(next)).isTrue();
      last = next;
    }

    assertThat(taken).hasSize(7);
    assertThat(last).isEqualTo("10.0.0.9");
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "10.0.0.0, ",
    "10.0.0.255, ",
    "10.0.1.1, ",
    "example.org, ",
    "010.0.0.1, 10.0.0.1",
    "fd00::1, ",
  })
  void onlyUsableAddressesBelongToThePool(String address, String expected) {
    assertThat(new AddressPool(List.of("10.0.0.0/24")).canonical(address)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "pool", "10.0.0.0/33", "10.0.0.0/x", "fd00::/129", "300.0.0.0/8"})
  void brokenPoolsAreRefused(String cidr) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AddressPool(List.of(cidr)))
        .withMessageContaining(cidr);
  }
}
