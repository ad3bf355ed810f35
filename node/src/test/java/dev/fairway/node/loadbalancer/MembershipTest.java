// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.ObjectMeta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A holder of a Lease lives while the Lease is seen to change; it expires after four seconds. */
class MembershipTest {
  private final Membership membership = new Membership(Duration.ofSeconds(4));
  private final List<Lease> leases = new ArrayList<>();

  @Test
  void aNodeThatDoesNotRenewIsGoneAfterTheBound() {
    renew("node-a", Membership.NODE, "node-a", 0);
    renew("node-b", Membership.NODE, "node-b", 0);
    look(0);
    for (int second = 1; second <= 4; second++) {
      renew("node-a", Membership.NODE, "node-a", second);
      look(second);
      assertThat(membership.nodes()).containsExactly("node-a", "node-b");
    }
    renew("node-a", Membership.NODE, "node-a", 5);
    look(5);

    assertThat(membership.nodes()).containsExactly("node-a");
  }

  @Test
  void clocksOfOtherNodesDoNotMatter() {
    leases.add(lease("node-b", Membership.NODE, "node-b", Instant.parse("1999-01-01T00:00:00Z")));
    look(0);
    assertThat(membership.nodes()).containsExactly("node-b");

    leases.set(
        0, lease("node-b", Membership.NODE, "node-b", Instant.parse("1999-01-01T00:00:01Z")));
    look(4);
    look(8);

    assertThat(membership.nodes()).containsExactly("node-b");
  }

  @Test
  void aNodeThatGaveItsLeaseBackIsGoneAtOnce() {
    renew("node-a", Membership.NODE, "node-a", 0);
    look(0);
    leases.clear();
    look(1);

    assertThat(membership.nodes()).isEmpty();
  }

  @Test
  void theLeaderIsNoNodeAndANodeIsNoLeader() {
    renew("leader", Membership.LEADER, "node-b", 0);
    renew("node-a", Membership.NODE, "node-a", 0);
    look(0);

    assertThat(membership.leader()).isEqualTo("node-b");
    assertThat(membership.nodes()).containsExactly("node-a");
  }

  @Test
  void aLeaderThatGaveUpLeavesTheOfficeFree() {
    renew("leader", Membership.LEADER, "node-b", 0);
    look(0);
    renew("leader", Membership.LEADER, "", 1);
    look(1);

    assertThat(membership.leader()).isEmpty();
  }

  @Test
  void anOutageOfTheApiServerEndsNobody() {
    renew("node-a", Membership.NODE, "node-a", 0);
    renew("node-b", Membership.NODE, "node-b", 0);
    look(0);

    assertThat(membership.isConnected(seconds(4))).isTrue();
    assertThat(membership.isConnected(seconds(60))).isFalse();
    assertThat(membership.nodes()).containsExactly("node-a", "node-b");

    // It is back, and node-b has not had the time to renew.
    renew("node-a", Membership.NODE, "node-a", 60);
    look(60);
    assertThat(membership.isConnected(seconds(60))).isTrue();
    assertThat(membership.nodes()).containsExactly("node-a", "node-b");

    for (int second = 61; second <= 64; second++) {
      look(second);
    }
    assertThat(membership.nodes()).containsExactly("node-a");
    look(65);
    assertThat(membership.nodes()).isEmpty();
  }

  @Test
  void aSlowApiServerHidesNoDeath() {
    renew("node-a", Membership.NODE, "node-a", 0);
    renew("node-b", Membership.NODE, "node-b", 0);
    for (int second = 0; second <= 50; second += 10) {
      renew("node-a", Membership.NODE, "node-a", second);
      look(second);
    }

    assertThat(membership.nodes()).containsExactly("node-a");
  }

  private void look(int second) {
    membership.observe(leases, seconds(second));
  }

  private void renew(String name, String role, String holder, int second) {
    leases.removeIf(lease -> lease.metadata().name().equals(name));
    leases.add(lease(name, role, holder, Instant.ofEpochSecond(second)));
  }

  private static Lease lease(String name, String role, String holder, Instant renewed) {
    return new Lease(
        ObjectMeta.of("kube-system", name).withLabels(Map.of(Membership.LABEL, role)),
        new Lease.Spec(holder, 4, null, renewed, 0));
  }

  private static long seconds(int count) {
    return Duration.ofSeconds(count).toNanos();
  }
}
