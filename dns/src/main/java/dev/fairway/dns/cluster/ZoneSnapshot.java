// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.WireName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The whole zone at one moment: what a query is answered from. Immutable. */
public final class ZoneSnapshot {
  /** A namespace that exists. */
  static final class NamespaceEntry extends ShardedTable.Entry {
    private final byte[] label;

    NamespaceEntry(byte[] label, long hash) {
      super(hash);
      this.label = label;
    }
  }

  private final Settings settings;
  private final ShardedTable<ServiceEntry> services;
  private final ShardedTable<NamespaceEntry> namespaces;
  private final ShardedTable<PtrRecord> addresses;
  private final PodTable pods;
  private final int serial;
  private final Knowledge knowledge;

  /** What is known of the cluster. */
  enum Knowledge {
    NOTHING,
    /** What a server before this one knew, not long ago: a name may be missing. */
    RESTORED,
    /** The same, when nothing newer has come for a while. */
    STALE,
    CURRENT
  }

  /** What stays the same for all snapshots of a zone. */
  record Settings(ZoneOptions options, WireName zone, List<WireName> reverseZones, long seed) {}

  ZoneSnapshot(
      Settings settings,
      ShardedTable<ServiceEntry> services,
      ShardedTable<NamespaceEntry> namespaces,
      ShardedTable<PtrRecord> addresses,
      PodTable pods,
      int serial,
      Knowledge knowledge) {
    this.settings = settings;
    this.services = services;
    this.namespaces = namespaces;
    this.addresses = addresses;
    this.pods = pods;
    this.serial = serial;
    this.knowledge = knowledge;
  }

  /** Whether services have been loaded; before that nothing may be said about a name. */
  public boolean isSynced() {
    return knowledge != Knowledge.NOTHING;
  }

  /** Whether this is what a server before this one knew. */
  public boolean isStale() {
    return knowledge == Knowledge.RESTORED || knowledge == Knowledge.STALE;
  }

  Knowledge knowledge() {
    return knowledge;
  }

  /** Whether everything that this server is to answer is known: its readiness. */
  public boolean isComplete() {
    return isSynced() && (options().pods() != PodsMode.VERIFIED || pods.isSynced());
  }

  /** The serial of the SOA: grows when, and only when, an answer changes. */
  public int serial() {
    return serial;
  }

  /** How many services have names. */
  public int services() {
    return services.size();
  }

  ZoneOptions options() {
    return settings.options;
  }

  WireName zone() {
    return settings.zone;
  }

  List<WireName> reverseZones() {
    return settings.reverseZones;
  }

  ShardedTable<ServiceEntry> serviceTable() {
    return services;
  }

  ShardedTable<NamespaceEntry> namespaceTable() {
    return namespaces;
  }

  ShardedTable<PtrRecord> addressTable() {
    return addresses;
  }

  PodTable pods() {
    return pods;
  }

  /** The same zone with other pods. */
  ZoneSnapshot withPods(PodTable others, int newSerial) {
    return new ZoneSnapshot(
        settings, services, namespaces, addresses, others, newSerial, knowledge);
  }

  /** The same zone, known better or worse. */
  ZoneSnapshot withKnowledge(Knowledge other) {
    return new ZoneSnapshot(settings, services, namespaces, addresses, pods, serial, other);
  }

  /** The service whose two labels stand at {@code from} to {@code to} of a name. */
  @Nullable ServiceEntry service(WireName name, int from, int to) {
    long hash = name.hash(from, to, settings.seed);
    ShardedTable.Entry[] shard = services.shard(hash);
    int mask = shard.length - 1;
    for (int slot = (int) hash & mask; shard[slot] != null; slot = slot + 1 & mask) {
      if (shard[slot].hash() == hash) {
        ServiceEntry entry = (ServiceEntry) shard[slot];
        if (name.regionIs(from, to, entry.key())) {
          return entry;
        }
      }
    }
    return null;
  }

  /** The service with that key. */
  @Nullable ServiceEntry service(byte[] key) {
    long hash = WireName.hash(key, 0, key.length, settings.seed);
    ShardedTable.Entry[] shard = services.shard(hash);
    int mask = shard.length - 1;
    for (int slot = (int) hash & mask; shard[slot] != null; slot = slot + 1 & mask) {
      ServiceEntry entry = (ServiceEntry) shard[slot];
      if (java.util.Arrays.equals(key, entry.key())) {
        return entry;
      }
    }
    return null;
  }

  /** Whether label {@code i} of a name is a namespace. */
  boolean isNamespace(WireName name, int i) {
    int from = name.labelAt(i);
    int to = from + 1 + name.labelLength(i);
    long hash = name.hash(from, to, settings.seed);
    ShardedTable.Entry[] shard = namespaces.shard(hash);
    int mask = shard.length - 1;
    for (int slot = (int) hash & mask; shard[slot] != null; slot = slot + 1 & mask) {
      if (shard[slot].hash() == hash
          && name.regionIs(from, to, ((NamespaceEntry) shard[slot]).label)) {
        return true;
      }
    }
    return false;
  }

  /** The hash of an address in {@link #addressTable}. */
  long addressHash(boolean v4, long high, long low) {
    return PtrRecord.hash(v4, high, low, settings.seed);
  }
}
