// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which clients may use load balancer addresses, as far as packets are concerned. Confined to the
 * thread that syncs.
 */
final class SourceRanges {
  private final Map<ServiceName, Set<ByteBuffer>> byService = new HashMap<>();
  private final List<ByteBuffer> removed = new ArrayList<>();
  private DataPath path;
  private int count;

  SourceRanges(DataPath path) {
    this.path = path;
  }

  /** Forgets everything; {@link #replaceAll} is to follow. */
  void restart(DataPath current) {
    path = current;
    byService.clear();
    removed.clear();
    count = 0;
  }

  /** What a service wants from now on; the ranges it gives up go with {@link #removeOld}. */
  void update(
      ServiceInfo service, Collection<PortPlan> plans, Collection<IpAddress> nodeAddresses) {
    Set<ByteBuffer> wanted = new HashSet<>();
    for (PortPlan plan : plans) {
      addRanges(service, plan, nodeAddresses, wanted);
    }
    replace(service.name(), wanted);
  }

  /** A service is gone. */
  void remove(ServiceName service) {
    replace(service, Set.of());
  }

  private void replace(ServiceName service, Set<ByteBuffer> wanted) {
    Set<ByteBuffer> before =
        wanted.isEmpty() ? byService.remove(service) : byService.put(service, wanted);
    if (before == null && wanted.isEmpty()) {
      return;
    }
    Set<ByteBuffer> present = before == null ? Set.of() : before;
    Set<ByteBuffer> fresh = new HashSet<>(wanted);
    fresh.removeAll(present);
    count += fresh.size();
    Room.ensure(path, "source_ranges", count);
    KeyedRanges.putAll(path.map("source_ranges"), fresh);
    for (ByteBuffer key : present) {
      if (!wanted.contains(key)) {
        removed.add(key);
      }
    }
  }

  private static void addRanges(
      ServiceInfo service,
      PortPlan plan,
      Collection<IpAddress> nodeAddresses,
      Set<ByteBuffer> wanted) {
    PortRoutes routes = plan.routes;
    boolean nodeIsAdmitted = false;
    for (IpPrefix range : routes.sourceRanges()) {
      wanted.add(KeyedRanges.sourceRange(plan.id, range));
      nodeIsAdmitted |= nodeAddresses.stream().anyMatch(range::contains);
    }
    if (nodeIsAdmitted) {
      // A node that dials a load balancer address which it has itself, has it as its source too.
      for (IpAddress address : service.loadBalancerIps()) {
        if (address.family() == plan.family) {
          wanted.add(KeyedRanges.sourceRange(plan.id, IpPrefix.single(address)));
        }
      }
    }
  }

  /** Removes what services gave up. */
  void removeOld() {
    count -= removed.size();
    KeyedRanges.removeAll(path.map("source_ranges"), removed);
    removed.clear();
  }

  /** Removes what no service wants, whoever wrote it. */
  void removeForeign() {
    Set<ByteBuffer> all = new HashSet<>();
    byService.values().forEach(all::addAll);
    KeyedRanges.replace(path.map("source_ranges"), all);
  }
}
