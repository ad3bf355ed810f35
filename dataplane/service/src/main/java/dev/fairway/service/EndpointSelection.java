// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import org.jspecify.annotations.Nullable;

/**
 * Which endpoints of a port a node may use: the same lists as kube-proxy's CategorizeEndpoints
 * makes (KEP-2086, KEP-1669, KEP-2433, KEP-3015).
 *
 * <p>A list is null where no traffic of the port uses it.
 *
 * @param cluster for traffic with policy Cluster
 * @param local for traffic with policy Local
 * @param all everything that is reachable through this node
 * @param hasAny whether there is a usable endpoint anywhere; if not, clients are refused
 */
public record EndpointSelection(
    @Nullable EndpointSet cluster, @Nullable EndpointSet local, EndpointSet all, boolean hasAny) {

  /** Of a port without endpoints: by whether traffic uses Cluster, then whether it uses Local. */
  private static final EndpointSelection[] NONE = {
    none(null, null),
    none(EndpointSet.empty(), null),
    none(null, EndpointSet.empty()),
    none(EndpointSet.empty(), EndpointSet.empty())
  };

  private static EndpointSelection none(
      @Nullable EndpointSet cluster, @Nullable EndpointSet local) {
    return new EndpointSelection(cluster, local, EndpointSet.empty(), false);
  }

  /**
   * Selects among the endpoints of one family.
   *
   * @param usesCluster whether any traffic of the port has policy Cluster
   * @param usesLocal whether any traffic of the port has policy Local
   * @param nodeHints whether hints that name nodes count (feature gate
   *     PreferSameTrafficDistribution)
   */
  public static EndpointSelection select(
      EndpointSet endpoints,
      boolean usesCluster,
      boolean usesLocal,
      NodeTopology node,
      boolean nodeHints) {
    if (endpoints.isEmpty()) {
      return NONE[(usesCluster ? 1 : 0) + (usesLocal ? 2 : 0)];
    }
    Preference preference = usesCluster ? preference(endpoints, node, nodeHints) : Preference.NONE;
    EndpointSet cluster = null;
    if (usesCluster) {
      cluster =
          endpoints.where(i -> endpoints.isReady(i) && allows(preference, endpoints, i, node));
      if (cluster.isEmpty()) {
        cluster = endpoints.where(i -> isServingTerminating(endpoints, i));
      }
      if (!usesLocal) {
        return new EndpointSelection(cluster, null, cluster, !cluster.isEmpty());
      }
    }
    EndpointSet local = endpoints.where(i -> endpoints.isReady(i) && isLocal(endpoints, i, node));
    boolean fallback = local.isEmpty();
    if (fallback) {
      local =
          endpoints.where(i -> isServingTerminating(endpoints, i) && isLocal(endpoints, i, node));
      fallback = !local.isEmpty();
    }
    return new EndpointSelection(
        cluster,
        local,
        cluster == null
            ? local
            : preference == Preference.NONE && !fallback
                ? cluster
                : union(endpoints, cluster, local),
        endpoints.any(i -> isUsable(endpoints, i)));
  }

  private static Preference preference(
      EndpointSet endpoints, NodeTopology node, boolean nodeHints) {
    boolean allNode = nodeHints;
    boolean allZone = !node.zone().isEmpty();
    boolean thisNode = false;
    boolean thisZone = false;
    for (int i = 0; i < endpoints.size() && (allNode || allZone); i++) {
      if (endpoints.isReady(i)) {
        allNode &= !endpoints.nodeHints(i).isEmpty();
        allZone &= !endpoints.zoneHints(i).isEmpty();
        thisNode |= endpoints.nodeHints(i).contains(node.nodeName());
        thisZone |= endpoints.zoneHints(i).contains(node.zone());
      }
    }
    if (allNode && thisNode) {
      return Preference.SAME_NODE;
    }
    return allZone && thisZone ? Preference.SAME_ZONE : Preference.NONE;
  }

  private static boolean allows(
      Preference preference, EndpointSet endpoints, int i, NodeTopology node) {
    return switch (preference) {
      case NONE -> true;
      case SAME_NODE -> endpoints.nodeHints(i).contains(node.nodeName());
      case SAME_ZONE -> endpoints.zoneHints(i).contains(node.zone());
    };
  }

  private static EndpointSet union(EndpointSet endpoints, EndpointSet a, EndpointSet b) {
    boolean[] in = new boolean[endpoints.size()];
    mark(endpoints, a, in);
    mark(endpoints, b, in);
    return endpoints.where(i -> in[i]);
  }

  /** Both sets are in the same order, so one walk finds all of the part in the whole. */
  private static void mark(EndpointSet endpoints, EndpointSet part, boolean[] in) {
    int at = 0;
    for (int i = 0; i < endpoints.size() && at < part.size(); i++) {
      if (endpoints.isSame(i, part, at)) {
        in[i] = true;
        at++;
      }
    }
  }

  private static boolean isUsable(EndpointSet endpoints, int i) {
    return endpoints.isReady(i) || isServingTerminating(endpoints, i);
  }

  private static boolean isServingTerminating(EndpointSet endpoints, int i) {
    return endpoints.isServing(i) && endpoints.isTerminating(i);
  }

  private static boolean isLocal(EndpointSet endpoints, int i, NodeTopology node) {
    return node.nodeName().equals(endpoints.nodeName(i));
  }

  private enum Preference {
    NONE,
    SAME_NODE,
    SAME_ZONE
  }
}
