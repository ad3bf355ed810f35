// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServicePortName;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has of a port of a service in one family, as far as the next change of it asks.
 * There is one for every port of a cluster, so it keeps no more than that. Immutable.
 *
 * @param id 0 where nothing remembers clients
 * @param remembered every endpoint, where clients or the kernel remember one; else none
 * @param internal of ClusterIPs; null where nothing is forwarded
 * @param external of all others, as sockets of this node see them
 */
record ProgrammedPort(
    ServicePortName name,
    IpFamily family,
    long id,
    boolean isSticky,
    EndpointSet remembered,
    @Nullable BackendList internal,
    @Nullable BackendList external) {

  boolean isUdp() {
    return name.protocol() == Protocol.UDP;
  }

  /** Whether the programs ask if a backend belongs to a set. */
  boolean hasMembers() {
    return isSticky || isUdp();
  }

  /** A set with just these endpoints, null if there is none. */
  @Nullable BackendList find(EndpointSet endpoints) {
    if (internal != null && BackendSets.isSame(internal.endpoints(), endpoints)) {
      return internal;
    }
    return external != null && BackendSets.isSame(external.endpoints(), endpoints)
        ? external
        : null;
  }

  /** Gives up the sets that the port does not have any more. */
  @SuppressWarnings("ReferenceEquality")
  void discard(BackendSets sets, long nowNanos, @Nullable ProgrammedPort after) {
    discard(internal, sets, nowNanos, after);
    if (external != internal) {
      discard(external, sets, nowNanos, after);
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private void discard(
      @Nullable BackendList list, BackendSets sets, long nowNanos, @Nullable ProgrammedPort after) {
    if (list != null && (after == null || (list != after.internal && list != after.external))) {
      sets.discard(list.set(), list.endpoints().size(), hasMembers(), nowNanos);
    }
  }

  /** A set with what is in it; two are the same only if they are one. */
  record BackendList(int set, EndpointSet endpoints) {}
}
