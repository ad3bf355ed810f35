// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.AddressPlan;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceScenario;
import dev.fairway.service.ServiceScenarios;
import dev.fairway.testing.OwnNetwork;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * kube-proxy's data plane tests, put to the userspace proxier with the very addresses and ports of
 * those tests, in a network namespace of their own: clients of a dual-stack service dial its IPv4
 * addresses, those of an IPv6 service its IPv6 ones.
 */
@Tag("root")
class ServiceScenariosRootIT {

  @TestFactory
  Stream<DynamicTest> verdicts() throws Exception {
    List<IpAddress> addresses = new ArrayList<>(AddressPlan.IPV4.bound());
    addresses.addAll(AddressPlan.IPV6.bound());
    Map<String, String> surprises = new HashMap<>();
    for (String line :
        OwnNetwork.run(
            OwnNetwork.Need.ADDRESSES, ServiceScenariosRootIT.class, "observe", addresses)) {
      String[] report = line.split("\t", -1);
      surprises.put(report[0], report[1]);
    }
    return scenarios().stream()
        .map(scenario ->
            dynamicTest(
                scenario.name(), () -> assertThat(surprises.get(scenario.name())).isEqualTo("")));
  }

  private static List<ServiceScenario> scenarios() {
    List<ServiceScenario> scenarios =
        new ArrayList<>(ServiceScenarios.of(AddressPlan.IPV4, AddressPlan.IPV6));
    scenarios.addAll(ServiceScenarios.of(AddressPlan.IPV6));
    return scenarios;
  }

  /** In the namespace: one line for each scenario. */
  static void observe(PrintStream out) throws Exception {
    try (SocketTracer tracer =
        new SocketTracer(Transport.available(), AddressPlan.IPV4, AddressPlan.IPV6)) {
      for (ServiceScenario scenario : scenarios()) {
        out.println(SocketTracer.report(scenario, tracer.surprises(scenario)));
      }
    }
  }
}
