// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint has in common with many others: where it runs, its conditions and its hints. A
 * cluster has a few of these for each node, so tables refer to shared ones.
 *
 * @param conditions bits of {@link EndpointTable}
 * @param nodeName null where unknown
 * @param zone null where unknown
 */
record EndpointTraits(
    int conditions,
    @Nullable String nodeName,
    @Nullable String zone,
    List<String> zoneHints,
    List<String> nodeHints) {
  EndpointTraits {
    zoneHints = List.copyOf(zoneHints);
    nodeHints = List.copyOf(nodeHints);
  }

  /** Written out, as this is looked up for each endpoint of a start. */
  @Override
  public boolean equals(@Nullable Object object) {
    return this == object
        || (object instanceof EndpointTraits other
            && conditions == other.conditions
            && Objects.equals(nodeName, other.nodeName)
            && Objects.equals(zone, other.zone)
            && zoneHints.equals(other.zoneHints)
            && nodeHints.equals(other.nodeHints));
  }

  @Override
  public int hashCode() {
    int hash = conditions + 31 * Objects.hashCode(nodeName) + 961 * Objects.hashCode(zone);
    return zoneHints.isEmpty() && nodeHints.isEmpty()
        ? hash
        : hash + 7 * zoneHints.hashCode() + 11 * nodeHints.hashCode();
  }
}
