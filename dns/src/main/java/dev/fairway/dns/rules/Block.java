// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.WireName;
import java.util.List;

/**
 * What happens to questions about names of one zone.
 *
 * @param zone the names it is about
 * @param cluster whether the cluster zone is asked
 * @param fallthrough names in these zones that the cluster zone does not have are looked up
 *     elsewhere
 */
public record Block(WireName zone, boolean cluster, List<WireName> fallthrough) {
  public Block {
    fallthrough = List.copyOf(fallthrough);
  }

  /** A block that asks the cluster zone, then upstreams. */
  public static Block of(String zone) {
    return new Block(WireName.of(zone), true, List.of());
  }

  /** Whether nothing is to be done but to ask the cluster zone, then upstreams. */
  boolean isPlain() {
    return cluster && fallthrough.isEmpty();
  }

  boolean isRoot() {
    return zone.labels() == 0;
  }

  /** Whether a name that the cluster zone does not have is looked up elsewhere. */
  public boolean fallsThrough(WireName name) {
    for (WireName zone : fallthrough) {
      if (name.labelsBefore(zone) >= 0) {
        return true;
      }
    }
    return false;
  }
}
