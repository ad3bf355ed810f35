// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.DashedAddress;
import dev.fairway.dns.wire.ResponseWriter;

/**
 * Writes PTR records. An address may have many names; of these the best kind is told: the service
 * whose ClusterIP it is, else the hostnames it has in headless services, else all its endpoints'
 * names. Confined to one thread.
 */
final class ReverseRecords {
  private final byte[] label = new byte[DashedAddress.MAX_LABEL];
  private byte best;

  /** Whether an address has a name. */
  boolean find(ZoneSnapshot zone, ReverseName name) {
    best = Byte.MAX_VALUE;
    long hash = zone.addressHash(name.isV4(), name.high(), name.low());
    ShardedTable.Entry[] shard = zone.addressTable().shard(hash);
    int mask = shard.length - 1;
    for (int slot = (int) hash & mask; shard[slot] != null; slot = slot + 1 & mask) {
      PtrRecord record = (PtrRecord) shard[slot];
      if (record.isOf(name.isV4(), name.high(), name.low()) && record.kind() < best) {
        best = record.kind();
      }
    }
    if (best == PtrRecord.HEADLESS_HOST && zone.options().compat()) {
      best = PtrRecord.ENDPOINT;
    }
    return best != Byte.MAX_VALUE;
  }

  /** Writes the records of the address that {@link #find} found. */
  void write(ZoneSnapshot zone, ResponseWriter out, ReverseName name) {
    int dashed = DashedAddress.format(name.isV4(), name.high(), name.low(), label, 0);
    long hash = zone.addressHash(name.isV4(), name.high(), name.low());
    ShardedTable.Entry[] shard = zone.addressTable().shard(hash);
    int mask = shard.length - 1;
    for (int slot = (int) hash & mask; shard[slot] != null; slot = slot + 1 & mask) {
      PtrRecord record = (PtrRecord) shard[slot];
      if (record.isOf(name.isV4(), name.high(), name.low()) && isTold(record)) {
        byte[] host = record.label();
        int length = host.length;
        if (record.kind() == PtrRecord.CLUSTER_IP) {
          host = ZoneNames.NO_LABEL;
        } else if (length == 0) {
          host = label;
          length = dashed;
        }
        if (!out.answerPtr(zone.options().ttl(), host, length, record.service(), zone.zone())) {
          return;
        }
      }
    }
  }

  private boolean isTold(PtrRecord record) {
    return record.kind() == best
        || (best == PtrRecord.ENDPOINT && record.kind() == PtrRecord.HEADLESS_HOST);
  }
}
