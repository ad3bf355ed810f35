// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import org.junit.jupiter.api.Test;

/** What a limit knows of its clients. */
class LimitZoneTest {
  private static final long SECOND = 1_000_000_000L;
  private final LimitZone zone = new LimitZone(8);
  private final IpAddress client = IpAddress.parse("192.0.2.1");

  @Test
  void burstFitsAboveTheFirstAndEmptiesWithTheRate() {
    for (int i = 0; i < 4; i++) {
      assertThat(zone.take(client, 1, 3, 0)).as("request " + i).isTrue();
    }
    assertThat(zone.take(client, 1, 3, 0)).isFalse();
    assertThat(zone.take(client, 1, 3, SECOND / 2)).isFalse();
    assertThat(zone.take(client, 1, 3, SECOND)).isTrue();
    assertThat(zone.take(client, 1, 3, SECOND)).isFalse();
    assertThat(zone.take(client, 1, 3, 100 * SECOND)).isTrue();
  }

  @Test
  void clientsAreLimitedEachForItself() {
    assertThat(zone.take(client, 1, 0, 0)).isTrue();
    assertThat(zone.take(client, 1, 0, 0)).isFalse();
    assertThat(zone.take(IpAddress.parse("192.0.2.2"), 1, 0, 0)).isTrue();
  }

  @Test
  void networkOfSixtyFourBitsIsOneClient() {
    assertThat(zone.take(IpAddress.parse("2001:db8:0:1::1"), 1, 0, 0)).isTrue();
    assertThat(zone.take(IpAddress.parse("2001:db8:0:1:ffff::2"), 1, 0, 0)).isFalse();
    assertThat(zone.take(IpAddress.parse("2001:db8:0:2::1"), 1, 0, 0)).isTrue();
  }

  @Test
  void clientsBelowTheirRateAreForgottenFirst() {
    assertThat(zone.take(client, 1, 5, 99 * SECOND)).isTrue();
    assertThat(zone.take(client, 1, 5, 99 * SECOND)).isTrue();
    for (int i = 0; i < 100; i++) {
      zone.take(IpAddress.ofIpv4(i), 1, 0, i * SECOND / 100);
    }
    assertThat(zone.size()).isLessThanOrEqualTo(8);
  }

  @Test
  void manyClientsAtOnceTakeNoMoreRoom() {
    for (int i = 0; i < 1000; i++) {
      zone.take(IpAddress.ofIpv4(i), 0.001, 10, 0);
      zone.take(IpAddress.ofIpv4(i), 0.001, 10, 0);
    }
    assertThat(zone.size()).isLessThanOrEqualTo(8);
  }

  @Test
  void openRequestsAreCountedUntilTheyEnd() {
    assertThat(zone.enter(client, 2)).isTrue();
    assertThat(zone.enter(client, 2)).isTrue();
    assertThat(zone.enter(client, 2)).isFalse();
    zone.leave(client);
    assertThat(zone.enter(client, 2)).isTrue();
    zone.leave(client);
    zone.leave(client);
    assertThat(zone.size()).isZero();
  }

  @Test
  void sameLimitKeepsItsZone() {
    LimitZones zones = new LimitZones();
    LimitZone first = zones.get("a");
    assertThat(zones.get("a")).isSameAs(first);
    assertThat(zones.get("b")).isNotSameAs(first);
  }
}
