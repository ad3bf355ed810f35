// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.SliceEndpoints;
import java.util.List;
import org.junit.jupiter.api.Test;

class AffinityTableTest {
  private static final long TIMEOUT = 1000;
  private static final IpAddress CLIENT = IpAddress.parse("203.0.113.2");
  private static final IpAddress ONE = IpAddress.parse("10.0.0.1");
  private static final IpAddress TWO = IpAddress.parse("10.0.0.2");

  private long now;
  private final AffinityTable table = new AffinityTable(() -> now, 4);

  static EndpointSet endpoints(IpAddress... addresses) {
    EndpointTable.Builder rows = new EndpointTable.Builder();
    for (IpAddress address : addresses) {
      rows.add(address, Conditions.AVAILABLE, null);
    }
    SliceEndpoints.Port port = new SliceEndpoints.Port(new EndpointPort("", Protocol.TCP), 80);
    SliceEndpoints slice = new SliceEndpoints("s", false, List.of(port), rows.build());
    return new ServiceInfo(ServiceInfo.Settings.of("ns", "s").build(), List.of(slice))
        .endpoints("", Protocol.TCP);
  }

  @Test
  void recordHolds_untilExactlyTheTimeoutAfterTheLastUse() {
    EndpointSet both = endpoints(ONE, TWO);
    table.record(CLIENT, TWO, 80, TIMEOUT);
    now = TIMEOUT - 1;
    assertThat(table.find(CLIENT, both, TIMEOUT)).isEqualTo(1);
    now += TIMEOUT - 1;
    assertThat(table.find(CLIENT, both, TIMEOUT)).isEqualTo(1);
    now += TIMEOUT;
    assertThat(table.find(CLIENT, both, TIMEOUT)).isEqualTo(-1);
    assertThat(table.size()).isZero();
  }

  @Test
  void endpointOutsideTheCandidates_isPassedOverAndRemembered() {
    table.record(CLIENT, TWO, 80, TIMEOUT);
    assertThat(table.find(CLIENT, endpoints(ONE), TIMEOUT)).isEqualTo(-1);
    assertThat(table.find(CLIENT, endpoints(ONE, TWO), TIMEOUT)).isEqualTo(1);
  }

  @Test
  void endpointIsFound_whereverItIsAmongTheCandidates() {
    IpAddress three = IpAddress.parse("10.0.0.3");
    table.record(CLIENT, three, 80, TIMEOUT);
    assertThat(table.find(CLIENT, endpoints(ONE, TWO, three), TIMEOUT)).isEqualTo(2);
    assertThat(table.find(CLIENT, endpoints(three), TIMEOUT)).isZero();
    assertThat(table.find(CLIENT, endpoints(ONE, three), TIMEOUT)).isEqualTo(1);
    assertThat(table.find(CLIENT, endpoints(ONE, TWO), TIMEOUT)).isEqualTo(-1);
    assertThat(table.find(CLIENT, endpoints(TWO, three), TIMEOUT)).isEqualTo(1);
  }

  @Test
  void endpointThatIsNotReachable_isForgottenForGood() {
    table.record(CLIENT, TWO, 80, TIMEOUT);
    table.retain(endpoints(ONE), true);
    assertThat(table.find(CLIENT, endpoints(ONE, TWO), TIMEOUT)).isEqualTo(-1);
  }

  @Test
  void otherFamily_isLeftAlone() {
    table.record(CLIENT, TWO, 80, TIMEOUT);
    table.retain(EndpointSet.empty(), false);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void table_neverGrowsBeyondItsLimit() {
    for (int i = 0; i < 100; i++) {
      table.record(IpAddress.ofIpv4(i), ONE, 80, TIMEOUT);
      assertThat(table.size()).isLessThanOrEqualTo(4);
    }
    assertThat(table.find(IpAddress.ofIpv4(99), endpoints(ONE), TIMEOUT)).isZero();
  }

  @Test
  void fullTable_shedsExpiredRecordsFirst() {
    for (int i = 0; i < 3; i++) {
      table.record(IpAddress.ofIpv4(i), ONE, 80, TIMEOUT);
    }
    now = TIMEOUT;
    table.record(CLIENT, ONE, 80, TIMEOUT);
    table.record(IpAddress.ofIpv4(7), ONE, 80, TIMEOUT);
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.find(CLIENT, endpoints(ONE), TIMEOUT)).isZero();
  }

  @Test
  void forget_leavesAnotherEndpointAlone() {
    table.record(CLIENT, TWO, 80, TIMEOUT);
    table.forget(CLIENT, ONE, 80);
    assertThat(table.size()).isEqualTo(1);
    table.forget(CLIENT, TWO, 80);
    assertThat(table.size()).isZero();
  }
}
