// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.AddressPlan;
import dev.fairway.service.AddressPlan.Ports;
import dev.fairway.service.ServiceScenario;
import dev.fairway.service.ServiceScenarios;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** kube-proxy's data plane tests, put to the userspace proxier with everybody in 127.0.0.0/8. */
@TestInstance(Lifecycle.PER_CLASS)
class ServiceScenariosIT {
  private final AddressPlan plan = AddressPlan.loopback(ports());
  private final SocketTracer tracer = tracer();

  private static Ports ports() {
    List<Integer> free = Rig.freePorts(5);
    return new Ports(free.get(0), free.get(1), free.get(2), free.get(3), free.get(4));
  }

  private SocketTracer tracer() {
    try {
      return new SocketTracer(plan);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterAll
  void close() throws Exception {
    tracer.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void verdicts(ServiceScenario scenario) throws InterruptedException {
    assertThat(tracer.surprises(scenario)).isEmpty();
  }

  Stream<ServiceScenario> verdicts() {
    return ServiceScenarios.of(plan).stream();
  }
}
