// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.service.AddressPlan;
import dev.fairway.service.ServiceScenario;
import dev.fairway.service.ServiceScenarios;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** kube-proxy's data plane tests, put to the BPF proxier with the addresses of those tests. */
@Tag("root")
class ServiceScenariosRootIT {

  @TestFactory
  Stream<DynamicTest> verdicts() throws Exception {
    return Sandbox.run(Checks.class).entrySet().stream()
        .map(
            check -> dynamicTest(check.getKey(), () -> assertThat(check.getValue()).isEqualTo("")));
  }

  /** Runs in the sandbox. */
  static final class Checks implements Sandbox.Suite {
    private static final AddressPlan[] PLANS = {AddressPlan.IPV4, AddressPlan.IPV6};

    @Override
    public List<String> addresses() {
      List<String> addresses = new ArrayList<>();
      for (AddressPlan plan : PLANS) {
        String bits = plan.equals(AddressPlan.IPV4) ? "/32" : "/128";
        plan.bound().forEach(address -> addresses.add(address + bits));
      }
      return addresses;
    }

    @Override
    public List<String> localRanges() {
      return Stream.of(PLANS).map(plan -> plan.range("SERVICES").toString()).toList();
    }

    @Override
    public Map<String, Sandbox.Check> checks() throws Exception {
      ScenarioTracer.startEndpoints(PLANS);
      List<ServiceScenario> scenarios =
          new ArrayList<>(ServiceScenarios.of(AddressPlan.IPV4, AddressPlan.IPV6));
      scenarios.addAll(ServiceScenarios.of(AddressPlan.IPV6));
      Map<String, Sandbox.Check> checks = new LinkedHashMap<>();
      Tracer tracer = new Tracer();
      for (ServiceScenario scenario : scenarios) {
        checks.put(scenario + ", clients on the node", tracer.check(scenario, true));
      }
      for (ServiceScenario scenario : scenarios) {
        checks.put(scenario + ", all other clients", tracer.check(scenario, false));
      }
      return checks;
    }
  }

  /** Makes a tracer when it is needed first, which is when the one before is done. */
  private static final class Tracer {
    private final ScenarioTracer.Userspace userspace;
    private @Nullable ScenarioTracer current;
    private boolean currentOnTheNode;

    Tracer() throws IOException {
      userspace = new ScenarioTracer.Userspace();
    }

    Sandbox.Check check(ServiceScenario scenario, boolean onTheNode) {
      return (cgroup, _) -> assertThat(tracer(cgroup, onTheNode).surprises(scenario)).isEmpty();
    }

    private ScenarioTracer tracer(Path cgroup, boolean onTheNode) throws IOException {
      ScenarioTracer present = current;
      if (present != null && currentOnTheNode == onTheNode) {
        return present;
      }
      if (present != null) {
        present.close();
      }
      ScenarioTracer created =
          new ScenarioTracer(cgroup, onTheNode, userspace, AddressPlan.IPV4, AddressPlan.IPV6);
      current = created;
      currentOnTheNode = onTheNode;
      return created;
    }
  }
}
