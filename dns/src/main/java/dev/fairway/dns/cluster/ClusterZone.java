// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.cluster.ZoneSnapshot.Knowledge;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the zone up to date: each step of the model rebuilds the names of the services that changed
 * and publishes a new {@link ZoneSnapshot} if an answer is different. Thread-safe; {@link
 * #snapshot} does not wait for anyone.
 */
public final class ClusterZone implements SnapshotListener {
  private final ZoneSnapshot.Settings settings;
  private final InstantSource clock;
  private final EntryBuilder builder;
  private final Map<ServiceName, ServiceEntry> entries = new HashMap<>();
  private final Map<String, ZoneSnapshot.NamespaceEntry> namespaces = new HashMap<>();
  private final ClusterPods pods = new ClusterPods(this);
  private Set<String> lastNamespaces = Set.of();
  private volatile ZoneSnapshot current;

  /**
   * An empty zone that is not synced yet.
   *
   * @param clock for the serial of the SOA
   * @param seed secret of the hash tables
   */
  public ClusterZone(ZoneOptions options, InstantSource clock, long seed) {
    List<WireName> reverse = new ArrayList<>();
    for (String zone : options.reverseZones()) {
      reverse.add(WireName.of(zone));
    }
    this.settings =
        new ZoneSnapshot.Settings(options, WireName.of(options.zone()), List.copyOf(reverse), seed);
    this.clock = clock;
    this.builder = new EntryBuilder(options, seed);
    this.current =
        new ZoneSnapshot(
            settings,
            ShardedTable.empty(),
            ShardedTable.empty(),
            ShardedTable.empty(),
            PodTable.unknown(seed),
            (int) clock.instant().getEpochSecond(),
            Knowledge.NOTHING);
  }

  /** The state to answer from; read it once for each query. */
  public ZoneSnapshot snapshot() {
    return current;
  }

  /** Who wants to be told of pods, for {@link PodsMode#VERIFIED}. */
  public ClusterPods pods() {
    return pods;
  }

  synchronized void updatePods(
      Collection<PodTable.Address> removed, Collection<PodTable.Address> added) {
    boolean seen = settings.options().pods() == PodsMode.VERIFIED && current.isSynced();
    boolean same = removed.isEmpty() && added.isEmpty();
    int serial = seen && !same ? nextSerial() : current.serial();
    current = current.withPods(current.pods().with(removed, added), serial);
  }

  PodTable.Address podAddress(byte[] namespace, IpAddress address) {
    return new PodTable.Address(namespace, address, settings.seed());
  }

  @Override
  public synchronized void onSnapshot(SnapshotDelta delta) {
    follow(delta, Knowledge.CURRENT);
  }

  /**
   * Answers from what was known before this server started, until the first snapshot comes; does
   * nothing when it has come already. A name that is missing from it is not denied, before {@link
   * #trustRestored}.
   */
  public synchronized void restore(ServiceSnapshot before) {
    if (current.knowledge() == Knowledge.NOTHING) {
      follow(SnapshotDelta.full(before), Knowledge.RESTORED);
    }
  }

  /** Denies names from now on that what was restored does not have. */
  public synchronized void trustRestored() {
    if (current.knowledge() == Knowledge.RESTORED) {
      current = current.withKnowledge(Knowledge.STALE);
    }
  }

  private void follow(SnapshotDelta delta, Knowledge knowledge) {
    Changes changes = new Changes();
    ServiceSnapshot after = delta.after();
    boolean follows = current.knowledge() == Knowledge.CURRENT;
    Set<String> before = lastNamespaces;
    updateNamespaces(after.namespaces(), changes);
    if (follows && (before.equals(after.namespaces()) || !isSelective())) {
      for (ServiceName name : delta.changed()) {
        update(name, after.service(name), changes);
      }
    } else {
      for (ServiceName name : List.copyOf(entries.keySet())) {
        if (after.service(name) == null) {
          update(name, null, changes);
        }
      }
      for (ServiceInfo service : after.services()) {
        update(service.name(), service, changes);
      }
    }
    if (follows && changes.isEmpty()) {
      return;
    }
    current = apply(changes, knowledge);
  }

  /** Whether a namespace that comes or goes takes the names of its services along. */
  private boolean isSelective() {
    return settings.options().exposure().knownNamespacesOnly();
  }

  private boolean isExposed(String namespace) {
    return settings.options().exposure().hasNamespace(namespace, lastNamespaces);
  }

  private void update(ServiceName name, @Nullable ServiceInfo service, Changes changes) {
    ServiceEntry next =
        service == null || !isExposed(name.namespace()) ? null : builder.build(service);
    ServiceEntry last = entries.get(name);
    if (last == next || (last != null && next != null && last.isSameAs(next))) {
      return;
    }
    PtrRecord[] lastPtrs = last == null ? new PtrRecord[0] : last.ptrs();
    if (last != null) {
      changes.removedServices.add(last);
    }
    if (next == null) {
      entries.remove(name);
      changes.removedPtrs.addAll(List.of(lastPtrs));
      return;
    }
    entries.put(name, next);
    changes.addedServices.add(next);
    replacePtrs(lastPtrs, next.ptrs(), changes);
  }

  /** Walks two sorted lists; what is in both keeps the old object, which the table already has. */
  private static void replacePtrs(PtrRecord[] last, PtrRecord[] next, Changes changes) {
    int l = 0;
    int n = 0;
    while (l < last.length || n < next.length) {
      int order = l == last.length ? 1 : n == next.length ? -1 : last[l].compareTo(next[n]);
      if (order == 0) {
        next[n++] = last[l++];
      } else if (order < 0) {
        changes.removedPtrs.add(last[l++]);
      } else {
        changes.addedPtrs.add(next[n++]);
      }
    }
  }

  private void updateNamespaces(Set<String> names, Changes changes) {
    if (names.equals(lastNamespaces)) {
      return;
    }
    lastNamespaces = names;
    for (String name : names) {
      if (!namespaces.containsKey(name) && isExposed(name)) {
        byte[] label = ZoneNames.label(name);
        if (label.length > 0) {
          long hash = WireName.hash(label, 0, label.length, settings.seed());
          ZoneSnapshot.NamespaceEntry entry = new ZoneSnapshot.NamespaceEntry(label, hash);
          namespaces.put(name, entry);
          changes.addedNamespaces.add(entry);
        }
      }
    }
    for (String name : new HashSet<>(namespaces.keySet())) {
      if (!names.contains(name)) {
        ZoneSnapshot.NamespaceEntry entry = namespaces.remove(name);
        if (entry != null) {
          changes.removedNamespaces.add(entry);
        }
      }
    }
  }

  private ZoneSnapshot apply(Changes changes, Knowledge knowledge) {
    ZoneSnapshot last = current;
    return new ZoneSnapshot(
        settings,
        last.serviceTable().with(changes.removedServices, changes.addedServices),
        last.namespaceTable().with(changes.removedNamespaces, changes.addedNamespaces),
        last.addressTable().with(changes.removedPtrs, changes.addedPtrs),
        last.pods(),
        changes.isEmpty() && last.isSynced() ? last.serial() : nextSerial(),
        knowledge);
  }

  private int nextSerial() {
    int now = (int) clock.instant().getEpochSecond();
    // Serial number arithmetic (RFC 1982): two changes in one second still differ.
    return current.isSynced() && now - current.serial() <= 0 ? current.serial() + 1 : now;
  }

  private static final class Changes {
    final Collection<ServiceEntry> removedServices = new ArrayList<>();
    final Collection<ServiceEntry> addedServices = new ArrayList<>();
    final Collection<ZoneSnapshot.NamespaceEntry> removedNamespaces = new ArrayList<>();
    final Collection<ZoneSnapshot.NamespaceEntry> addedNamespaces = new ArrayList<>();
    final Collection<PtrRecord> removedPtrs = new ArrayList<>();
    final Collection<PtrRecord> addedPtrs = new ArrayList<>();

    boolean isEmpty() {
      return removedServices.isEmpty()
          && addedServices.isEmpty()
          && removedNamespaces.isEmpty()
          && addedNamespaces.isEmpty()
          && removedPtrs.isEmpty()
          && addedPtrs.isEmpty();
    }
  }
}
