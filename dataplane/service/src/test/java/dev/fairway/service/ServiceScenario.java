// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import dev.fairway.service.ServiceTracer.Verdict;
import java.util.List;
import java.util.Set;

/**
 * A service on a node, and what becomes of connections to it. The same scenarios are put to the
 * model, to proxiers over sockets, and to whatever else claims to follow kube-proxy's rules: each
 * has a tracer of its own that says what it observed.
 *
 * @param name the number of the scenario in kube-proxy's tests and what it is about
 * @param setup how the proxy is configured
 * @param plans one or two, of different families
 * @param service the only service there is
 */
public record ServiceScenario(
    String name,
    NodeSetup setup,
    List<AddressPlan> plans,
    ServiceInfo service,
    List<Probe> probes) {
  public ServiceScenario {
    plans = List.copyOf(plans);
    probes = List.copyOf(probes);
  }

  @Override
  public String toString() {
    return name;
  }

  /**
   * New connections, or UDP flows, of one client to one address.
   *
   * @param name who dials whom, in the words of the table
   * @param expected what becomes of every one of them
   */
  public record Probe(
      String name,
      IpAddress source,
      IpAddress destination,
      int port,
      Protocol protocol,
      Outcome expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * What becomes of connections.
   *
   * @param endpoints which of them get some, empty if the verdict is not to forward
   */
  public record Outcome(Verdict verdict, Set<IpAddress> endpoints) {
    public Outcome {
      endpoints = Set.copyOf(endpoints);
    }

    @Override
    public String toString() {
      return endpoints.isEmpty() ? verdict.toString() : verdict + " " + endpoints;
    }
  }
}
