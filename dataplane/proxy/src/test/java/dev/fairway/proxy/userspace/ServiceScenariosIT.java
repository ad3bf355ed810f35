// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.AddressPlan;
import dev.fairway.service.AddressPlan.Ports;
import dev.fairway.service.ServiceScenario;
import dev.fairway.service.ServiceScenarios;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * kube-proxy's data plane tests, put to the userspace proxier on every transport, with everybody in
 * 127.0.0.0/8.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ServiceScenariosIT {
  private final AddressPlan plan = AddressPlan.loopback(ports());
  private @Nullable Transport transport;
  private @Nullable SocketTracer tracer;

  private static Ports ports() {
    List<Integer> free = Rig.freePorts(5);
    return new Ports(free.get(0), free.get(1), free.get(2), free.get(3), free.get(4));
  }

  @AfterAll
  void close() throws Exception {
    if (tracer != null) {
      tracer.close();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource
  void verdicts(Transport on, ServiceScenario scenario) throws Exception {
    assertThat(tracer(on).surprises(scenario)).isEmpty();
  }

  Stream<Arguments> verdicts() {
    return Rig.transports().stream()
        .flatMap(
            on -> ServiceScenarios.of(plan).stream().map(scenario -> Arguments.of(on, scenario)));
  }

  private SocketTracer tracer(Transport wanted) throws Exception {
    SocketTracer present = tracer;
    if (present != null && transport == wanted) {
      return present;
    }
    if (present != null) {
      present.close();
    }
    SocketTracer created = new SocketTracer(wanted, plan);
    transport = wanted;
    tracer = created;
    return created;
  }
}
