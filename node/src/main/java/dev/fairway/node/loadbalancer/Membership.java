// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.kube.api.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which holders of Leases live. A Lease counts for a while after it was last seen to change; the
 * clocks of other nodes do not matter. While the API server cannot be asked nothing changes: an
 * outage of the control plane moves no address. Not thread-safe.
 */
final class Membership {
  /** Marks the Leases of this project; the value says what a Lease is for. */
  static final String LABEL = "fairway.dev/load-balancer";

  static final String NODE = "node";
  static final String LEADER = "leader";

  /**
   * A Lease as it was when it last changed.
   *
   * @param at nanoseconds of that look
   */
  private record Seen(String role, String holder, @Nullable Instant renewed, long at) {}

  private final long bound;
  private Map<String, Seen> seen = Map.of();
  private long lastLook;
  private boolean looked;

  /**
   * Knows of nobody.
   *
   * @param bound how long a Lease counts after its last change
   */
  Membership(Duration bound) {
    this.bound = bound.toNanos();
  }

  /**
   * Takes all Leases of this project as they are now.
   *
   * @param now monotonic nanoseconds
   */
  void observe(List<Lease> leases, long now) {
    // Nobody could renew, perhaps, while we could not look: that ages nobody by more than a
    // quarter.
    long gap = looked && now - lastLook > bound ? now - lastLook - bound / 4 : 0;
    Map<String, Seen> next = new HashMap<>();
    for (Lease lease : leases) {
      Lease.Spec spec = lease.spec();
      String role = lease.metadata().labels().getOrDefault(LABEL, "");
      String holder = spec == null || spec.holderIdentity() == null ? "" : spec.holderIdentity();
      Instant renewed = spec == null ? null : spec.renewTime();
      Seen before = seen.get(lease.metadata().name());
      boolean same =
          before != null && before.holder.equals(holder) && Objects.equals(before.renewed, renewed);
      long at = same && before != null ? before.at + gap : now;
      next.put(lease.metadata().name(), new Seen(role, holder, renewed, at));
    }
    seen = next;
    lastLook = now;
    looked = true;
  }

  /** Whether the API server answered lately. */
  boolean isConnected(long now) {
    return looked && now - lastLook <= bound;
  }

  /** The nodes that live, in order of name. */
  Set<String> nodes() {
    Set<String> nodes = new TreeSet<>();
    for (Seen lease : seen.values()) {
      if (lease.role.equals(NODE) && isAlive(lease)) {
        nodes.add(lease.holder);
      }
    }
    return nodes;
  }

  /** Who leads; "" if nobody does. */
  String leader() {
    for (Seen lease : seen.values()) {
      if (lease.role.equals(LEADER) && isAlive(lease)) {
        return lease.holder;
      }
    }
    return "";
  }

  private boolean isAlive(Seen lease) {
    return !lease.holder.isEmpty() && lastLook - lease.at <= bound;
  }
}
