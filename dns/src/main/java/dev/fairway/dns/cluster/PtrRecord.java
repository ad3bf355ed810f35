// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import java.util.Arrays;

/** That an address belongs to a service: the source of PTR answers. Immutable. */
final class PtrRecord extends ShardedTable.Entry implements Comparable<PtrRecord> {
  /** A ClusterIP. */
  static final byte CLUSTER_IP = 0;

  /** An endpoint with a hostname, of a headless service. */
  static final byte HEADLESS_HOST = 1;

  /** Any other endpoint. */
  static final byte ENDPOINT = 2;

  private static final byte[] DASHED = new byte[0];

  private final long high;
  private final long low;
  private final boolean v4;
  private final byte kind;
  private final byte[] label;
  private final byte[] service;

  private PtrRecord(
      long hash, boolean v4, long high, long low, byte kind, byte[] label, byte[] service) {
    super(hash);
    this.v4 = v4;
    this.high = high;
    this.low = low;
    this.kind = kind;
    this.label = label;
    this.service = service;
  }

  /**
   * A record.
   *
   * @param label hostname with length octet; empty when the name is made of the address, or for a
   *     ClusterIP
   * @param service labels of the service and its namespace
   */
  static PtrRecord of(
      boolean v4, long high, long low, byte kind, byte[] label, byte[] service, long seed) {
    return new PtrRecord(
        hash(v4, high, low, seed),
        v4,
        high,
        low,
        kind,
        label.length == 0 ? DASHED : label,
        service);
  }

  static long hash(boolean v4, long high, long low, long seed) {
    long h = (high ^ seed) * 0x9E3779B97F4A7C15L;
    h = (h ^ h >>> 32 ^ low ^ (v4 ? 4 : 6)) * 0xD6E8FEB86659FD93L;
    h = (h ^ h >>> 29) * 0x9E3779B97F4A7C15L;
    return h ^ h >>> 32;
  }

  boolean isOf(boolean family4, long addressHigh, long addressLow) {
    return low == addressLow && high == addressHigh && v4 == family4;
  }

  boolean isV4() {
    return v4;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  byte kind() {
    return kind;
  }

  byte[] label() {
    return label;
  }

  byte[] service() {
    return service;
  }

  /** Order within one service: equal records give equal answers. */
  @Override
  public int compareTo(PtrRecord other) {
    int order = Long.compareUnsigned(low, other.low);
    if (order == 0) {
      order = Long.compareUnsigned(high, other.high);
    }
    if (order == 0) {
      order = Boolean.compare(v4, other.v4);
    }
    if (order == 0) {
      order = Byte.compare(kind, other.kind);
    }
    return order == 0 ? Arrays.compare(label, other.label) : order;
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object object) {
    return object instanceof PtrRecord other
        && compareTo(other) == 0
        && Arrays.equals(service, other.service);
  }

  @Override
  public int hashCode() {
    return (int) hash();
  }
}
