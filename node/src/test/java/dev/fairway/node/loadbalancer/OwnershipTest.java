// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which node has an address: all agree, load is spread, and little moves. */
class OwnershipTest {
  private static final List<String> NODES = List.of("node-a", "node-b", "node-c", "node-d");

  private static final List<IpAddress> ADDRESSES =
      IntStream.range(0, 1000)
          .mapToObj(i ->
              i % 2 == 0
                  ? IpAddress.ofIpv4(0xc0000200 + i)
                  : IpAddress.ofIpv6(0x20010db800000000L, i))
          .toList();

  @Test
  void noNodesNoOwner() {
    assertThat(Ownership.owner(ADDRESSES.getFirst(), List.of())).isNull();
  }

  @Test
  void theOrderInWhichNodesAreKnownDoesNotMatter() {
    List<String> reversed = new ArrayList<>(NODES).reversed();

    assertThat(ADDRESSES)
        .allSatisfy(address ->
            assertThat(Ownership.owner(address, reversed))
                .isEqualTo(Ownership.owner(address, NODES)));
  }

  @Test
  void theAnswerIsTheSameInEveryVersion() {
    assertThat(Ownership.owner(IpAddress.parse("192.0.2.1"), NODES)).isEqualTo("node-c");
    assertThat(Ownership.owner(IpAddress.parse("2001:db8::1"), NODES)).isEqualTo("node-a");
  }

  @Test
  void everyNodeHasAboutItsShare() {
    Map<String, Integer> counts = new HashMap<>();
    ADDRESSES.forEach(
        address -> counts.merge(Ownership.owner(address, NODES) + "", 1, Integer::sum));

    assertThat(counts.keySet()).containsExactlyInAnyOrderElementsOf(NODES);
    assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(190, 310));
  }

  @Test
  void aNodeThatGoesMovesOnlyItsOwnAddresses() {
    List<String> left = List.of("node-a", "node-b", "node-d");

    for (IpAddress address : ADDRESSES) {
      String before = Ownership.owner(address, NODES);
      String after = Ownership.owner(address, left);
      if (!"node-c".equals(before)) {
        assertThat(after).as("%s", address).isEqualTo(before);
      } else {
        assertThat(left).contains(after);
      }
    }
  }
}
