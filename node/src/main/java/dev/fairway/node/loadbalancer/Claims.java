// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.kube.api.Node;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.TrafficPolicy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that there are, and which nodes may have them. Not thread-safe.
 *
 * @see Ownership
 */
final class Claims {
  private static final String EXCLUDE_LABEL =
      "node.kubernetes.io/exclude-from-external-load-balancers";

  /**
   * A Service with load balancer addresses.
   *
   * @param nodes that it can be reached through; null for all
   */
  private record Claim(List<IpAddress> addresses, @Nullable Set<String> nodes) {}

  private final Predicate<IpAddress> pool;
  private final Map<ServiceName, Claim> services = new HashMap<>();
  private final Map<String, Node> nodes = new HashMap<>();

  /**
   * Of no Service yet.
   *
   * @param pool whether an address is one of ours
   */
  Claims(Predicate<IpAddress> pool) {
    this.pool = pool;
  }

  /** Takes what changed; whether that may move an address. */
  boolean apply(SnapshotDelta delta) {
    boolean moved = false;
    for (ServiceName name : delta.changed()) {
      ServiceInfo service = delta.after().service(name);
      Claim next = service == null || !service.isProxied() ? null : claim(service);
      Claim before = next == null ? services.remove(name) : services.put(name, next);
      moved |= next == null ? before != null : !next.equals(before);
    }
    return moved;
  }

  private @Nullable Claim claim(ServiceInfo service) {
    List<IpAddress> addresses = service.loadBalancerIps().stream().filter(pool).toList();
    if (addresses.isEmpty()) {
      return null;
    }
    return new Claim(
        addresses,
        service.externalTrafficPolicy() == TrafficPolicy.LOCAL ? nodesOf(service) : null);
  }

  /** Nodes with a ready endpoint of any port. */
  private static Set<String> nodesOf(ServiceInfo service) {
    Set<String> names = new HashSet<>();
    for (ServicePort port : service.ports()) {
      EndpointSet endpoints = service.proxiedEndpoints(port.name().port(), port.name().protocol());
      for (int i = 0; i < endpoints.size(); i++) {
        String node = endpoints.nodeName(i);
        if (node != null && endpoints.isReady(i)) {
          names.add(node);
        }
      }
    }
    return names;
  }

  /** All nodes there are. */
  void replaceNodes(List<Node> all) {
    nodes.clear();
    all.forEach(this::putNode);
  }

  /** A node as it is now. */
  void putNode(Node node) {
    nodes.put(node.metadata().name(), node);
  }

  /** A node that is gone. */
  void removeNode(String name) {
    nodes.remove(name);
  }

  /** The Node object of that name; null if not known. */
  @Nullable Node node(String name) {
    return nodes.get(name);
  }

  /** The addresses that a node has, if these nodes live. */
  Set<IpAddress> ownedBy(String nodeName, Set<String> live) {
    Set<String> usable = new TreeSet<>();
    for (String name : live) {
      Node node = nodes.get(name);
      if (node != null && isUsable(node)) {
        usable.add(name);
      }
    }
    Set<IpAddress> owned = new HashSet<>();
    for (Claim claim : services.values()) {
      Set<String> candidates = usable;
      if (claim.nodes != null) {
        candidates = new TreeSet<>(usable);
        candidates.retainAll(claim.nodes);
      }
      for (IpAddress address : claim.addresses) {
        if (nodeName.equals(Ownership.owner(address, candidates))) {
          owned.add(address);
        }
      }
    }
    return owned;
  }

  private static boolean isUsable(Node node) {
    return node.isReady()
        && node.metadata().deletionTimestamp() == null
        && !node.metadata().labels().containsKey(EXCLUDE_LABEL);
  }
}
