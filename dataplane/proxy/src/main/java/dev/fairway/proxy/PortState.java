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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A service port while it exists: its routes, replaced at each change, and the affinity of its
 * clients, which outlives changes. Thread-safe.
 */
public final class PortState {
  private final ServicePortName name;
  private final AffinityTable affinity;
  private final AvoidList avoid;
  private final ProxyMetrics metrics;
  private final AtomicInteger turn = new AtomicInteger();
  private final Map<AvoidList.Key, EndpointLoad> loads = new HashMap<>(0);
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
    this.routes = routesOf(service, port, node);
  }

  private Routes routesOf(ServiceInfo service, ServicePort port, NodeTopology node) {
    PortRoutes v4 = PortRoutes.of(service, port, IpFamily.IPV4, node);
    PortRoutes v6 = PortRoutes.of(service, port, IpFamily.IPV6, node);
    Balancer balancer = Balancer.of(service);
    List<Choice> choices = new ArrayList<>(2);
    if (balancer != Balancer.RANDOM) {
      addChoices(balancer, v4, choices);
      addChoices(balancer, v6, choices);
    }
    return new Routes(v4, v6, ProxyProtocol.of(service), choices.toArray(new Choice[0]));
  }

  private void addChoices(Balancer balancer, PortRoutes of, List<Choice> choices) {
    EndpointSet cluster = of.selection().cluster();
    EndpointSet local = of.selection().local();
    if (cluster != null && !cluster.isEmpty()) {
      choices.add(new Choice(balancer, cluster, turn, loads));
    }
    if (local != null && !local.isEmpty()) {
      choices.add(new Choice(balancer, local, turn, loads));
    }
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
    Routes next = routesOf(service, port, node);
    routes = next;
    if (!loads.isEmpty()) {
      loads
          .keySet()
          .removeIf(key ->
              (key.address().isV4() ? next.v4 : next.v6)
                      .endpoints()
                      .indexOf(key.address(), key.port())
                  < 0);
    }
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
      return choose(candidates, client, random);
    }
    long timeout = TimeUnit.SECONDS.toNanos(from.affinityTimeoutSeconds());
    int index = affinity.find(client, candidates, timeout);
    if (index >= 0) {
      metrics.affinityHits.increment();
      return index | STICKY;
    }
    metrics.affinityMisses.increment();
    index = choose(candidates, client, random);
    affinity.record(client, candidates.address(index), candidates.port(index), timeout);
    return index;
  }

  /**
   * The endpoint for a connection whose first choices could not be reached: one that was not tried,
   * as long as there is one, whatever the avoid list holds.
   *
   * @param tried whether the connection tried the candidate at an index
   * @return the index among the candidates
   */
  public int pickOther(
      PortRoutes from,
      EndpointSet candidates,
      IpAddress client,
      FastRandom random,
      IntPredicate tried) {
    int first = pick(from, candidates, client, random) & ~STICKY;
    int size = candidates.size();
    for (int i = 0; i < size; i++) {
      int index = (first + i) % size;
      if (!tried.test(index)) {
        if (i > 0 && from.affinityTimeoutSeconds() > 0) {
          long timeout = TimeUnit.SECONDS.toNanos(from.affinityTimeoutSeconds());
          affinity.record(client, candidates.address(index), candidates.port(index), timeout);
        }
        return index;
      }
    }
    return first;
  }

  /** Set in the result of {@link #pick} if the client already had that endpoint. */
  public static final int STICKY = 1 << 30;

  private int choose(EndpointSet candidates, IpAddress client, FastRandom random) {
    Choice choice = choiceOf(candidates);
    return choice == null
        ? Choice.random(candidates, random, avoid)
        : choice.pick(client, random, avoid);
  }

  /** Null for the random balancer, and for a list that was replaced this very moment. */
  private @Nullable Choice choiceOf(EndpointSet candidates) {
    for (Choice choice : routes.choices) {
      if (choice.isOf(candidates)) {
        return choice;
      }
    }
    return null;
  }

  /**
   * Where connections to a candidate are to be counted, null if the balancer does not ask for it.
   */
  public @Nullable EndpointLoad load(EndpointSet candidates, int index) {
    Choice choice = choiceOf(candidates);
    return choice == null ? null : choice.load(index);
  }

  /** The header that endpoints want before the client's bytes. */
  public ProxyProtocol proxyProtocol() {
    return routes.proxyProtocol;
  }

  /** Notes that an endpoint did not take a connection of a client; others are preferred. */
  public void failed(IpAddress client, IpAddress address, int endpointPort) {
    IpFamily family = address.family();
    if (avoid.failed(address, endpointPort, routes(family).selection().all())) {
      metrics.ejections.increment();
    }
    affinity.forget(client, address, endpointPort);
  }

  /** Notes that an endpoint took a connection. */
  public void succeeded(IpAddress address, int endpointPort) {
    avoid.succeeded(address, endpointPort);
  }

  /** Whether clients of that kind of address may ever get an answer or must hear nothing. */
  public PortRoutes.Decision decide(FrontendKind kind, IpFamily family) {
    PortRoutes current = routes(family);
    PortRoutes.Decision inside = current.decide(kind, true);
    PortRoutes.Decision outside = current.decide(kind, false);
    return inside == outside ? inside : PortRoutes.Decision.FORWARD;
  }

  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Routes(
      PortRoutes v4, PortRoutes v6, ProxyProtocol proxyProtocol, Choice[] choices) {}
}
