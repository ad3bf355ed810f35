// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The order of addresses as the texts {@code address:} or {@code [address]:} sort, IPv4 before
 * IPv6: the one that kube-proxy has.
 */
final class TextOrder {
  /** The place of each octet among all octets, followed by a dot as in a.b.c. */
  private static final int[] INNER = ranks('.');

  /** The same for the last octet, which a colon follows. */
  private static final int[] LAST = ranks(':');

  private TextOrder() {}

  private static int[] ranks(char end) {
    Integer[] octets = new Integer[256];
    Arrays.setAll(octets, i -> i);
    Arrays.sort(octets, Comparator.comparing(octet -> octet.toString() + end));
    int[] ranks = new int[256];
    for (int rank = 0; rank < octets.length; rank++) {
      ranks[octets[rank]] = rank;
    }
    return ranks;
  }

  /** Keys that compare as signed numbers as the texts do; different for different addresses. */
  static int key(int ipv4) {
    return (INNER[ipv4 >>> 24] << 24
            | INNER[ipv4 >>> 16 & 0xff] << 16
            | INNER[ipv4 >>> 8 & 0xff] << 8
            | LAST[ipv4 & 0xff])
        ^ Integer.MIN_VALUE;
  }

  /** The same for IPv6, to be compared as texts. */
  static String key(IpAddress ipv6) {
    return ipv6 + "]";
  }

  /** The indices of the addresses in order; equal ones stay as they were. */
  static int[] sort(List<IpAddress> addresses) {
    int size = addresses.size();
    long[] keys = new long[size];
    int v4Count = 0;
    for (int i = 0; i < size; i++) {
      IpAddress address = addresses.get(i);
      if (address.isV4()) {
        keys[v4Count++] = (long) key((int) address.lowBits()) << 32 | i;
      }
    }
    Arrays.sort(keys, 0, v4Count);
    int[] order = new int[size];
    for (int i = 0; i < v4Count; i++) {
      order[i] = (int) keys[i];
    }
    if (v4Count < size) {
      addIpv6(addresses, order, v4Count);
    }
    return order;
  }

  private static void addIpv6(List<IpAddress> addresses, int[] order, int from) {
    Keyed[] rows = new Keyed[order.length - from];
    int count = 0;
    for (int i = 0; i < order.length; i++) {
      IpAddress address = addresses.get(i);
      if (!address.isV4()) {
        rows[count++] = new Keyed(key(address), i);
      }
    }
    Arrays.sort(rows, Comparator.comparing(Keyed::key));
    for (int i = 0; i < count; i++) {
      order[from + i] = rows[i].index();
    }
  }

  private record Keyed(String key, int index) {}
}
