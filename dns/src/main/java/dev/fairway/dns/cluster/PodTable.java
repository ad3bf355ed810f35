// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.DashedAddress;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.util.Collection;

/** Which addresses the pods of each namespace have. Immutable. */
final class PodTable {
  /** An address of a pod; pods of a namespace share its label. */
  static final class Address extends ShardedTable.Entry {
    private final byte[] namespace;
    private final boolean v4;
    private final long high;
    private final long low;

    /**
     * An address.
     *
     * @param namespace the label of the pod's namespace
     */
    Address(byte[] namespace, IpAddress ip, long seed) {
      super(PtrRecord.hash(ip.isV4(), ip.highBits(), ip.lowBits(), seed));
      this.namespace = namespace;
      this.v4 = ip.isV4();
      this.high = ip.highBits();
      this.low = ip.lowBits();
    }
  }

  private final ShardedTable<Address> addresses;
  private final long seed;
  private final boolean synced;

  private PodTable(ShardedTable<Address> addresses, long seed, boolean synced) {
    this.addresses = addresses;
    this.seed = seed;
    this.synced = synced;
  }

  /** No pods, as long as nobody told of any. */
  static PodTable unknown(long seed) {
    return new PodTable(ShardedTable.empty(), seed, false);
  }

  /** This table after a step; it is complete from now on. */
  PodTable with(Collection<Address> removed, Collection<Address> added) {
    return new PodTable(addresses.with(removed, added), seed, true);
  }

  /** Whether the pods of the cluster are known. */
  boolean isSynced() {
    return synced;
  }

  /** How many addresses there are. */
  int size() {
    return addresses.size();
  }

  /** Whether a pod of the namespace that label {@code i} of a name names has the address. */
  boolean has(WireName name, int i, DashedAddress address) {
    return has(name, i, address.isV4(), address.high(), address.low());
  }

  /** As {@link #has(WireName, int, DashedAddress)}, for the address with these bits. */
  boolean has(WireName name, int i, boolean v4, long high, long low) {
    int from = name.labelAt(i);
    int to = from + 1 + name.labelLength(i);
    long hash = PtrRecord.hash(v4, high, low, seed);
    ShardedTable.Entry[] shard = addresses.shard(hash);
    int mask = shard.length - 1;
    for (int slot = (int) hash & mask; shard[slot] != null; slot = slot + 1 & mask) {
      Address entry = (Address) shard[slot];
      if (entry.low == low
          && entry.high == high
          && entry.v4 == v4
          && name.regionIs(from, to, entry.namespace)) {
        return true;
      }
    }
    return false;
  }
}
