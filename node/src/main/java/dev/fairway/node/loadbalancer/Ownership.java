// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.service.IpAddress;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Which node has an address: rendezvous hashing, so that every node comes to the same answer by
 * itself, and a node that comes or goes moves only the addresses that are or were its own.
 */
final class Ownership {
  private Ownership() {}

  /** The node among these that has the address; null if there is none. */
  static @Nullable String owner(IpAddress address, Collection<String> nodes) {
    String owner = null;
    long best = 0;
    for (String node : nodes) {
      long weight = weight(address, node);
      if (owner == null
          || Long.compareUnsigned(weight, best) > 0
          || (weight == best && node.compareTo(owner) < 0)) {
        owner = node;
        best = weight;
      }
    }
    return owner;
  }

  /** FNV-1a over the name, mixed with the address: the same in every process and version. */
  private static long weight(IpAddress address, String node) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < node.length(); i++) {
      hash = (hash ^ node.charAt(i)) * 0x100000001b3L;
    }
    hash = mix(hash ^ address.highBits());
    return mix(hash ^ address.lowBits() ^ (address.isV4() ? 4 : 6));
  }

  /** The finalizer of MurmurHash3. */
  private static long mix(long bits) {
    long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
