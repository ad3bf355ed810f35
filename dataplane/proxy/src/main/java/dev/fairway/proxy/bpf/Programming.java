// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.bpf.NodeMaps.Skips;
import dev.fairway.proxy.bpf.SocketDestroyer.Victim;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServicePortName;
import dev.fairway.service.ServiceSnapshot;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes services into the maps. The order lets every connection meet a consistent state: first
 * sets of backends, then frontends that lead to them, each replaced in one step, then removals of
 * frontends, and a while later of the sets that nobody leads to. Confined to the thread that syncs.
 */
final class Programming {
  private static final IpFamily[] FAMILIES = IpFamily.values();

  private final BpfOptions options;
  private final ProxyEvents events;
  private final LongSupplier nanoClock;
  private final DataPath path;
  private final BackendSets sets;
  private final FrontendRows rows;
  private final SourceRanges sourceRanges;
  private final @Nullable SocketDestroyer destroyer;
  private Map<ServiceName, List<ProgrammedPort>> programmed = new HashMap<>();
  private final List<Victim> victims = new ArrayList<>();
  private final Map<Long, Set<Backend>> stillReachable = new HashMap<>();
  private NodeTopology node;
  private @Nullable Present present;

  /** Loads the programs, with maps that have room for the snapshot. */
  Programming(
      BpfOptions options, ProxyEvents events, ServiceSnapshot snapshot, LongSupplier nanoClock) {
    this.options = options;
    this.events = events;
    this.nanoClock = nanoClock;
    this.node = options.node();
    path = DataPath.load(options.pins(), sizes(options, snapshot));
    Arena arena = Arena.ofAuto();
    sets = new BackendSets(arena, path);
    rows = new FrontendRows(arena, path, sets, events);
    sourceRanges = new SourceRanges(path);
    destroyer = SocketDestroyer.load(path);
  }

  private static Map<String, Integer> sizes(BpfOptions options, ServiceSnapshot snapshot) {
    long frontends = 0;
    long groups = 0;
    long members = 0;
    for (ServiceInfo service : snapshot.services()) {
      if (!service.isProxied()) {
        continue;
      }
      int addresses = 1 + service.externalIps().size() + service.loadBalancerIps().size();
      frontends += service.clusterIps().size() + (long) service.ports().size() * (addresses + 2);
      for (ServicePort port : service.ports()) {
        int endpoints = service.proxiedEndpoints(port.name().port(), port.name().protocol()).size();
        groups += BackendSets.groupsOf(endpoints);
        boolean remembers =
            port.name().protocol() == Protocol.UDP || service.affinityTimeoutSeconds() > 0;
        members += remembers ? endpoints : 0;
      }
    }
    Map<String, Integer> sizes = new HashMap<>();
    sizes.put("frontends", Room.sizeFor(frontends));
    sizes.put("groups", Room.sizeFor(groups));
    sizes.put("members", Room.sizeFor(members));
    sizes.put("affinities", options.affinityRecords());
    return sizes;
  }

  DataPath path() {
    return path;
  }

  /** Writes what does not depend on services. */
  void begin(
      NodeTopology where,
      @Nullable Steering steering,
      Set<IpAddress> nodePortIps,
      Set<IpAddress> guarded,
      Skips skips,
      Map<Long, IpAddress> pods) {
    node = where;
    NodeMaps.writeRanges(path, options);
    NodeMaps.writeNodePortIps(path, nodePortIps);
    NodeMaps.writeListeners(path, steering);
    NodeMaps.writeSkips(path, skips);
    NodeMaps.writePodAddresses(path, pods);
    NodeMaps.writeGuarded(path, guarded);
    NodeMaps.writeSettings(path, steering, options.failFast(), skips);
  }

  /**
   * Guards addresses.
   *
   * @param all how many there are then
   */
  void guard(Collection<IpAddress> addresses, int all) {
    NodeMaps.addGuarded(path, addresses, all);
  }

  void unguard(Collection<IpAddress> addresses) {
    NodeMaps.removeGuarded(path, addresses);
  }

  void setNodePortIps(Set<IpAddress> addresses) {
    NodeMaps.writeNodePortIps(path, addresses);
  }

  void setNode(NodeTopology where) {
    node = where;
  }

  /** Makes sockets, and packets if there is somebody to get them, meet the programs. */
  void attach(@Nullable Steering steering) {
    path.attach(options.cgroup());
    if (steering != null) {
      path.attachSteering(steering.networkNamespace());
    }
  }

  /** Compares all services with what the kernel has, and writes what is different. */
  Result programAll(ServiceSnapshot snapshot) {
    Present found = new Present(path);
    present = found;
    programmed = HashMap.newHashMap(snapshot.services().size());
    victims.clear();
    sets.restart(path, found.highestSet(), found.groups, found.members);
    rows.restart(path, found.frontends, snapshot.services().size());
    sourceRanges.restart(path);
    int ports = 0;
    for (ServiceInfo service : snapshot.services()) {
      ports += program(service.name(), service);
    }
    FrontendRows.Flushed flushed = rows.flush();
    sourceRanges.removeForeign();
    found.discardOthers(sets, nanoClock.getAsLong());
    present = null;
    return new Result(ports, flushed.added(), flushed.removed());
  }

  /** Programs some services. */
  Result program(Set<ServiceName> changed, ServiceSnapshot snapshot) {
    int ports = 0;
    for (ServiceName name : changed) {
      ports += program(name, snapshot.service(name));
    }
    FrontendRows.Flushed flushed = rows.flush();
    sourceRanges.removeOld();
    return new Result(ports, flushed.added(), flushed.removed());
  }

  /** Programs one service, null if it is gone; returns how many ports it has. */
  private int program(ServiceName name, @Nullable ServiceInfo service) {
    List<ProgrammedPort> before = programmed.getOrDefault(name, List.of());
    List<PortPlan> plans = new ArrayList<>(2);
    if (service != null && service.isProxied()) {
      for (IpFamily family : FAMILIES) {
        if (hasFamily(service.clusterIps(), family)) {
          addPlans(service, family, before, plans);
        }
      }
    }
    List<ProgrammedPort> after = new ArrayList<>(plans.size());
    plans.forEach(plan -> after.add(plan.programmed()));
    for (ProgrammedPort old : before) {
      ProgrammedPort now = find(after, old.name(), old.family());
      old.discard(sets, nanoClock.getAsLong(), now);
      abandon(old, now, plans);
    }
    Map<FrontendKey, FrontendValue> wanted = new LinkedHashMap<>();
    plans.forEach(plan -> plan.addRows(wanted));
    if (service == null || plans.isEmpty()) {
      programmed.remove(name);
      sourceRanges.remove(name);
    } else {
      for (IpAddress clusterIp : service.clusterIps()) {
        wanted.put(FrontendKey.ofOtherPorts(clusterIp), FrontendValue.OTHER_PORTS);
      }
      programmed.put(name, List.copyOf(after));
      sourceRanges.update(service, plans, options.nodeAddresses());
    }
    rows.update(name, wanted);
    return service == null ? 0 : service.ports().size();
  }

  private static boolean hasFamily(List<IpAddress> addresses, IpFamily family) {
    for (IpAddress address : addresses) {
      if (address.family() == family) {
        return true;
      }
    }
    return false;
  }

  private void addPlans(
      ServiceInfo service, IpFamily family, List<ProgrammedPort> before, List<PortPlan> plans) {
    for (ServicePort port : service.ports()) {
      if (port.name().protocol() == Protocol.SCTP) {
        events.warning(
            service.name(),
            ProxyEvents.UNSUPPORTED_PROTOCOL,
            "port " + port.name() + " is not served: sockets of SCTP cannot be balanced");
        continue;
      }
      PortPlan plan = new PortPlan(service, PortRoutes.of(service, port, family, node));
      for (Backend backend : plan.takeSets(find(before, port.name(), family), sets, present)) {
        victims.add(new Victim(plan.id, backend));
      }
      if (plan.isUdp() && destroyer != null && destroyer.isBusy()) {
        destroyer.spare(
            Backend.serving(plan.routes.endpoints()).stream()
                .map(backend -> new Victim(plan.id, backend))
                .toList());
      }
      plans.add(plan);
    }
  }

  private static @Nullable ProgrammedPort find(
      List<ProgrammedPort> ports, ServicePortName name, IpFamily family) {
    for (ProgrammedPort port : ports) {
      if (port.family() == family && port.name().equals(name)) {
        return port;
      }
    }
    return null;
  }

  /** Clients of endpoints that a port does not have any more are to look for others. */
  private void abandon(ProgrammedPort old, @Nullable ProgrammedPort now, List<PortPlan> plans) {
    if (!old.hasMembers()
        || (now != null
            && now.isSticky() == old.isSticky()
            && now.remembered().equals(old.remembered()))) {
      return;
    }
    if (old.isUdp()) {
      Set<Backend> gone = Backend.serving(old.remembered());
      if (now != null) {
        gone.removeAll(Backend.serving(now.remembered()));
      }
      gone.forEach(backend -> victims.add(new Victim(old.id(), backend)));
    }
    if (old.isSticky()) {
      stillReachable.put(old.id(), reachable(now, plans));
    }
  }

  /** The endpoints that clients of a port may go on to stick to. */
  private static Set<Backend> reachable(@Nullable ProgrammedPort now, List<PortPlan> plans) {
    if (now != null && now.isSticky()) {
      for (PortPlan plan : plans) {
        if (plan.id == now.id()) {
          return Backend.all(plan.routes.selection().all());
        }
      }
    }
    return Set.of();
  }

  /**
   * What ends the sockets of backends that are gone; null if there are none.
   *
   * @return something that takes its time
   */
  @Nullable SocketDestroyer takeVictims() {
    List<Victim> all = List.copyOf(victims);
    victims.clear();
    if (all.isEmpty() || destroyer == null) {
      return null;
    }
    destroyer.doom(all);
    return destroyer;
  }

  /** Whether there is something to {@link #collect}. */
  boolean hasLeftovers() {
    return sets.hasGarbage() || !stillReachable.isEmpty();
  }

  /** Removes sets that were given up at least that long ago, and what clients remember of them. */
  void collect(long graceNanos) {
    if (!stillReachable.isEmpty()) {
      Affinities.retain(path.map("affinities"), stillReachable);
      stillReachable.clear();
    }
    sets.collect(nanoClock.getAsLong(), graceNanos);
  }

  int frontends() {
    return rows.size();
  }

  /** What the kernel has for an address, port and protocol, in words. */
  List<String> describe(IpAddress address, int port, Protocol protocol) {
    return new Description(path::map, rows::owner).of(address, port, protocol);
  }

  /** Lets go of the kernel, and takes everything out of it if asked to. */
  void close(boolean remove) {
    if (destroyer != null) {
      destroyer.close();
    }
    if (remove) {
      path.remove();
    } else {
      path.close();
    }
  }

  /** What a pass did. */
  record Result(int ports, int frontendsAdded, int frontendsRemoved) {
    static final Result NOTHING = new Result(0, 0, 0);
  }
}
