// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.ServiceScenario.Outcome;
import dev.fairway.service.ServiceScenario.Probe;
import dev.fairway.service.ServiceTracer.Trace;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** kube-proxy's data plane tests, put to the model. */
class ServiceTracerTableTest {

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void verdicts(ServiceScenario scenario) {
    for (Probe probe : scenario.probes()) {
      assertThat(trace(scenario, probe))
          .describedAs(scenario + ": " + probe)
          .isEqualTo(probe.expected());
    }
  }

  static Stream<ServiceScenario> verdicts() {
    return ServiceScenarios.all().stream();
  }

  /** A service of one family is nothing to clients of the other one. */
  @Test
  void otherFamily_isNotServed() {
    AddressPlan six = AddressPlan.IPV6;
    ServiceScenario scenario =
        new ServiceScenario(
            "IPv4 service",
            NodeSetup.PRIMARY,
            List.of(AddressPlan.IPV4, six),
            ServiceScenarios.service("plain", List.of("5R"), List.of(AddressPlan.IPV4)),
            List.of());
    assertThat(trace(scenario, probe(six, "NODE", six.ports().node()))).hasToString("NOT_OURS");
    assertThat(trace(scenario, probe(six, "CIP", six.ports().service()))).hasToString("DROP");
  }

  private static Probe probe(AddressPlan plan, String destination, int port) {
    return new Probe(
        destination,
        plan.address("POD"),
        plan.address(destination),
        port,
        Protocol.TCP,
        new Outcome(ServiceTracer.Verdict.NOT_OURS, Set.of()));
  }

  private static Outcome trace(ServiceScenario scenario, Probe probe) {
    List<AddressPlan> plans = scenario.plans();
    ServiceTracer tracer =
        new ServiceTracer(
            new NodeTopology(NodeSetup.NODE, ""),
            Set.copyOf(plans.stream().map(plan -> plan.address("NODE")).toList()),
            scenario.setup().podRanges(plans),
            scenario.setup().nodePortAddresses(plans),
            List.of(AddressPlan.IPV4.range("SERVICES"), AddressPlan.IPV6.range("SERVICES")));
    Trace trace =
        tracer.trace(
            ServiceSnapshot.of(1, List.of(scenario.service()), Set.of()),
            probe.source(),
            probe.destination(),
            probe.port(),
            probe.protocol());
    Set<IpAddress> endpoints = new HashSet<>();
    for (int i = 0; i < trace.candidates().size(); i++) {
      endpoints.add(trace.candidates().address(i));
      AddressPlan.Ports ports = plans.get(0).ports();
      assertThat(trace.candidates().port(i))
          .isEqualTo(probe.protocol() == Protocol.UDP ? ports.udpTarget() : ports.tcpTarget());
    }
    return new Outcome(trace.verdict(), endpoints);
  }
}
