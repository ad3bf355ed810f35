// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.WireName;
import java.util.Arrays;

/**
 * The names directly below one service, a label each, with their addresses: columns, about 40 bytes
 * for an endpoint. Immutable.
 */
final class HostTable {
  static final HostTable EMPTY =
      new HostTable(
          new byte[0], new int[1], new int[1], 0, new int[1], new int[0], new int[1], new long[0]);

  private final byte[] labels;
  private final int[] labelAt;
  private final int[] index;
  private final long seed;
  private final int[] v4At;
  private final int[] v4;
  private final int[] v6At;
  private final long[] v6;

  private HostTable(
      byte[] labels,
      int[] labelAt,
      int[] index,
      long seed,
      int[] v4At,
      int[] v4,
      int[] v6At,
      long[] v6) {
    this.labels = labels;
    this.labelAt = labelAt;
    this.index = index;
    this.seed = seed;
    this.v4At = v4At;
    this.v4 = v4;
    this.v6At = v6At;
    this.v6 = v6;
  }

  int size() {
    return labelAt.length - 1;
  }

  /** The host called as label {@code i} of a name, or -1. */
  int find(WireName name, int i) {
    int from = name.labelAt(i);
    int to = from + 1 + name.labelLength(i);
    int mask = index.length - 1;
    for (int slot = (int) name.hash(from, to, seed) & mask;
        index[slot] != 0;
        slot = slot + 1 & mask) {
      int host = index[slot] - 1;
      if (name.regionIs(from, to, labels, labelAt[host], labelAt[host + 1])) {
        return host;
      }
    }
    return -1;
  }

  /** The host with that label, its length octet included, or -1. */
  int find(byte[] label, int length) {
    int mask = index.length - 1;
    for (int slot = (int) WireName.hash(label, 0, length, seed) & mask;
        index[slot] != 0;
        slot = slot + 1 & mask) {
      int host = index[slot] - 1;
      if (Arrays.equals(label, 0, length, labels, labelAt[host], labelAt[host + 1])) {
        return host;
      }
    }
    return -1;
  }

  /** The array that holds the labels; not to be written. */
  byte[] labels() {
    return labels;
  }

  int labelFrom(int host) {
    return labelAt[host];
  }

  int labelTo(int host) {
    return labelAt[host + 1];
  }

  int v4From(int host) {
    return v4At[host];
  }

  int v4To(int host) {
    return v4At[host + 1];
  }

  /** IPv4 addresses of all hosts, those of one host side by side; not to be written. */
  int[] v4() {
    return v4;
  }

  int v6From(int host) {
    return v6At[host];
  }

  int v6To(int host) {
    return v6At[host + 1];
  }

  /** IPv6 addresses of all hosts, two longs each; not to be written. */
  long[] v6() {
    return v6;
  }

  int addresses(int host) {
    return v4At[host + 1] - v4At[host] + v6At[host + 1] - v6At[host];
  }

  boolean isSameAs(HostTable other) {
    return Arrays.equals(labels, other.labels)
        && Arrays.equals(labelAt, other.labelAt)
        && Arrays.equals(v4At, other.v4At)
        && Arrays.equals(v4, other.v4)
        && Arrays.equals(v6At, other.v6At)
        && Arrays.equals(v6, other.v6);
  }

  /** Collects hosts address by address. */
  static final class Builder {
    private final long seed;
    private byte[] labels;
    private int[] labelAt;
    private int[] index;
    private int hosts;
    private final int[] hostOf;
    private final long[] high;
    private final long[] low;
    private final boolean[] isV4;
    private int count;
    private int countV4;

    Builder(int endpoints, long seed) {
      this.seed = seed;
      this.labels = new byte[Math.max(16, endpoints * 14)];
      this.labelAt = new int[endpoints + 1];
      this.index = new int[Math.max(2, Integer.highestOneBit(Math.max(1, endpoints)) * 4)];
      this.hostOf = new int[endpoints];
      this.high = new long[endpoints];
      this.low = new long[endpoints];
      this.isV4 = new boolean[endpoints];
    }

    /** Adds an address of the host with that label, which has its length octet. */
    void add(byte[] label, int length, boolean v4, long addressHigh, long addressLow) {
      int host = hostOf(label, length);
      hostOf[count] = host;
      high[count] = addressHigh;
      low[count] = addressLow;
      isV4[count] = v4;
      count++;
      countV4 += v4 ? 1 : 0;
    }

    private int hostOf(byte[] label, int length) {
      int mask = index.length - 1;
      int slot = (int) WireName.hash(label, 0, length, seed) & mask;
      for (; index[slot] != 0; slot = slot + 1 & mask) {
        int host = index[slot] - 1;
        if (Arrays.equals(label, 0, length, labels, labelAt[host], labelAt[host + 1])) {
          return host;
        }
      }
      int at = labelAt[hosts];
      if (at + length > labels.length) {
        labels = Arrays.copyOf(labels, Math.max(labels.length * 2, at + length));
      }
      System.arraycopy(label, 0, labels, at, length);
      index[slot] = ++hosts;
      labelAt[hosts] = at + length;
      return hosts - 1;
    }

    HostTable build() {
      if (count == 0) {
        return EMPTY;
      }
      int[] v4At = new int[hosts + 1];
      int[] v6At = new int[hosts + 1];
      for (int i = 0; i < count; i++) {
        (isV4[i] ? v4At : v6At)[hostOf[i] + 1]++;
      }
      for (int i = 0; i < hosts; i++) {
        v4At[i + 1] += v4At[i];
        v6At[i + 1] += v6At[i];
      }
      int[] v4 = new int[countV4];
      long[] v6 = new long[2 * (count - countV4)];
      int[] v4Next = v4At.clone();
      int[] v6Next = v6At.clone();
      for (int i = 0; i < count; i++) {
        if (isV4[i]) {
          v4[v4Next[hostOf[i]]++] = (int) low[i];
        } else {
          int at = 2 * v6Next[hostOf[i]]++;
          v6[at] = high[i];
          v6[at + 1] = low[i];
        }
      }
      return new HostTable(
          Arrays.copyOf(labels, labelAt[hosts]),
          Arrays.copyOf(labelAt, hosts + 1),
          index,
          seed,
          v4At,
          v4,
          v6At,
          v6);
    }
  }
}
