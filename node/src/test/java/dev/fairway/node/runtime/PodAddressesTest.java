// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class PodAddressesTest {
  @Test
  void leavesOutTheFirstAndTheLastOfTheRange() {
    PodAddresses addresses = new PodAddresses("127.64.0.0/30", 0);
    assertThat(addresses.allocate()).isEqualTo("127.64.0.1");
    assertThat(addresses.allocate()).isEqualTo("127.64.0.2");
    assertThat(addresses.allocate()).isNull();
  }

  @Test
  void givesAFreedAddressOutAgainOnlyAfterTheOthers() {
    PodAddresses addresses = new PodAddresses("127.64.0.0/29", 0);
    String first = addresses.allocate();
    addresses.release("127.64.0.1");
    assertThat(first).isEqualTo("127.64.0.1");
    assertThat(addresses.allocate()).isEqualTo("127.64.0.2");
  }

  @Test
  void aReservedAddressIsNotAllocated() {
    PodAddresses addresses = new PodAddresses("127.64.0.0/30", 0);
    assertThat(addresses.reserve("127.64.0.1")).isTrue();
    assertThat(addresses.reserve("127.64.0.1")).isFalse();
    assertThat(addresses.allocate()).isEqualTo("127.64.0.2");
  }

  @Test
  void startsSomewhereElseForAnotherCluster() {
    assertThat(new PodAddresses("127.64.0.0/16", 7).allocate()).isEqualTo("127.64.7.1");
    assertThat(new PodAddresses("127.64.0.0/16", -1).allocate()).isEqualTo("127.64.255.1");
  }

  @Test
  void anAddressOfAnotherRangeCannotBeReserved() {
    PodAddresses addresses = new PodAddresses("127.64.0.0/16", 0);
    assertThat(addresses.reserve("127.65.0.1")).isFalse();
    assertThat(addresses.reserve("10.0.0.1")).isFalse();
    assertThat(addresses.reserve("nonsense")).isFalse();
  }

  @Test
  void aRangeThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new PodAddresses("127.64.0.0", 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
