// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.WireName;

/**
 * A name under in-addr.arpa or ip6.arpa, read as an address. Refilled by {@link #parse}; confined
 * to one thread.
 */
final class ReverseName {
  private static final WireName IN_ADDR = WireName.of("in-addr.arpa.");
  private static final WireName IP6 = WireName.of("ip6.arpa.");

  /** What a name is. */
  enum Kind {
    /** Not under these domains. */
    FOREIGN,
    /** A whole address. */
    ADDRESS,
    /** The first part of an address: names may exist below. */
    PREFIX,
    /** Nothing that stands for an address. */
    OTHER
  }

  private boolean v4;
  private long high;
  private long low;
  private int rootOffset;

  Kind parse(WireName name) {
    int labels = name.labelsBefore(IN_ADDR);
    v4 = labels >= 0;
    if (!v4) {
      labels = name.labelsBefore(IP6);
      if (labels < 0) {
        return Kind.FOREIGN;
      }
    }
    rootOffset = name.labelAt(labels);
    int whole = v4 ? 4 : 32;
    if (labels > whole) {
      return Kind.OTHER;
    }
    high = 0;
    low = 0;
    for (int i = labels - 1; i >= 0; i--) {
      int value = v4 ? octet(name, i) : nibble(name, i);
      if (value < 0) {
        return Kind.OTHER;
      }
      int bits = v4 ? 8 : 4;
      high = v4 ? 0 : high << bits | low >>> 60;
      low = low << bits | value;
    }
    return labels == whole ? Kind.ADDRESS : Kind.PREFIX;
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

  /** Where in-addr.arpa or ip6.arpa starts in the name. */
  int rootOffset() {
    return rootOffset;
  }

  private static int octet(WireName name, int i) {
    int size = name.labelLength(i);
    int from = name.labelAt(i) + 1;
    if (size > 3 || (size > 1 && name.at(from) == '0')) {
      return -1;
    }
    int value = 0;
    for (int at = from; at < from + size; at++) {
      if (name.at(at) < '0' || name.at(at) > '9') {
        return -1;
      }
      value = value * 10 + name.at(at) - '0';
    }
    return value > 255 ? -1 : value;
  }

  private static int nibble(WireName name, int i) {
    return name.labelLength(i) == 1 ? Character.digit(name.at(name.labelAt(i) + 1), 16) : -1;
  }
}
