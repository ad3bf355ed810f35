// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServicePortName;
import java.util.concurrent.TimeUnit;

/**
 * A service port while it exists: its routes, replaced at each change, and the affinity of its
 * clients, which outlives changes. Thread-safe.
 */
public final class PortState {
  private final ServicePortName name;
  private final AffinityTable affinity;
  private final AvoidList avoid;
  private final ProxyMetrics metrics;
  private volatile Routes routes;

  /** The state of a port that appears. */
  public PortState(
      ServiceInfo service,
      ServicePort port,
      NodeTopology node,
      AffinityTable affinity,
      AvoidList avoid,
      ProxyMetrics metrics) {
    this.name = port.name();
    this.affinity = affinity;
    this.avoid = avoid;
    this.metrics = metrics;
    this.routes = Routes.of(service, port, node);
  }

  /** The port's name. */
  public ServicePortName name() {
    return name;
  }

  /** The routes of a family. */
  public PortRoutes routes(IpFamily family) {
    Routes current = routes;
    return family == IpFamily.IPV4 ? current.v4 : current.v6;
  }

  /**
   * Takes a new state of the Service; the next pick sees it. Clients lose the endpoints that are
   * not reachable any more.
   */
  public void update(ServiceInfo service, ServicePort port, NodeTopology node) {
    Routes next = Routes.of(service, port, node);
    routes = next;
    if (service.affinityTimeoutSeconds() == 0) {
      affinity.clear();
    } else if (affinity.size() > 0) {
      affinity.retain(next.v4.selection().all(), true);
      affinity.retain(next.v6.selection().all(), false);
    }
  }

  /**
   * The endpoint for a new connection.
   *
   * @param candidates of {@code routes}, not empty
   * @return the index among the candidates, and {@link #STICKY} set if affinity decided
   */
  public int pick(PortRoutes from, EndpointSet candidates, IpAddress client, FastRandom random) {
    if (from.affinityTimeoutSeconds() == 0) {
      return pickRandom(candidates, random);
    }
    long timeout = TimeUnit.SECONDS.toNanos(from.affinityTimeoutSeconds());
    int index = affinity.find(client, candidates, timeout);
    if (index >= 0) {
      metrics.affinityHits.increment();
      return index | STICKY;
    }
    metrics.affinityMisses.increment();
    index = pickRandom(candidates, random);
    affinity.record(client, candidates.address(index), candidates.port(index), timeout);
    return index;
  }

  /** Forgets that the client uses the endpoint, because it did not answer. */
  public void forget(IpAddress client, IpAddress address, int endpointPort) {
    affinity.forget(client, address, endpointPort);
  }

  /** Set in the result of {@link #pick} if the client already had that endpoint. */
  public static final int STICKY = 1 << 30;

  private int pickRandom(EndpointSet candidates, FastRandom random) {
    int size = candidates.size();
    int first = random.nextInt(size);
    if (!avoid.isAvoided(candidates, first)) {
      return first;
    }
    for (int attempt = 0; attempt < 8; attempt++) {
      int other = random.nextInt(size);
      if (!avoid.isAvoided(candidates, other)) {
        return other;
      }
    }
    for (int step = 1; step < size; step++) {
      int other = (first + step) % size;
      if (!avoid.isAvoided(candidates, other)) {
        return other;
      }
    }
    return first;
  }

  /** Whether clients of that kind of address may ever get an answer or must hear nothing. */
  public PortRoutes.Decision decide(FrontendKind kind, IpFamily family) {
    PortRoutes current = routes(family);
    PortRoutes.Decision inside = current.decide(kind, true);
    PortRoutes.Decision outside = current.decide(kind, false);
    return inside == outside ? inside : PortRoutes.Decision.FORWARD;
  }

  private record Routes(PortRoutes v4, PortRoutes v6) {
    static Routes of(ServiceInfo service, ServicePort port, NodeTopology node) {
      return new Routes(
          PortRoutes.of(service, port, IpFamily.IPV4, node),
          PortRoutes.of(service, port, IpFamily.IPV6, node));
    }
  }
}
