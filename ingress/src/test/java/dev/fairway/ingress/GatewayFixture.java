// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A gateway on loopback with the backends and objects of a test. Fails on a leaked buffer. */
final class GatewayFixture implements AutoCloseable {
  private final IngressGateway gateway;
  private final List<TestBackend> backends = new ArrayList<>();
  private final Map<String, ServiceInfo> services = new LinkedHashMap<>();
  private final LeakWatch leaks = LeakWatch.start();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();
  private long revision;

  GatewayFixture() throws IOException {
    this(options());
  }

  GatewayFixture(IngressOptions options) throws IOException {
    gateway = IngressGateway.start(options, null);
    gateway.secrets().onReplace(List.of(), "1");
    gateway.ingressClasses().onReplace(List.of(TestObjects.fairwayClass()), "1");
    gateway.ingresses().onReplace(List.of(), "1");
  }

  static IngressOptions options() {
    return IngressOptions.of("127.0.0.1", 0, 0).withEventLoops(2, Duration.ofSeconds(5));
  }

  IngressGateway gateway() {
    return gateway;
  }

  TestBackend backend(String name) throws IOException {
    return add(new TestBackend(name));
  }

  TestBackend backend(String name, TestBackend.Behaviour behaviour) throws IOException {
    return add(new TestBackend(name, behaviour));
  }

  TestBackend add(TestBackend backend) {
    backends.add(backend);
    return backend;
  }

  /** Sets the endpoints of a Service, all ready. */
  void service(String name, TestBackend... endpoints) {
    service(
        name,
        Arrays.stream(endpoints)
            .map(b -> new TestEndpoint(b.address(), b.port(), Conditions.AVAILABLE))
            .toList());
  }

  void service(String name, List<TestEndpoint> endpoints) {
    services.put(name, TestObjects.service(name, endpoints));
    publish(Set.of(new ServiceName(TestObjects.NAMESPACE, name)));
  }

  void service(ServiceSettingsBuilder settings) {
    ServiceInfo service = new ServiceInfo(settings.build(), List.of());
    services.put(service.name().name(), service);
    publish(Set.of(service.name()));
  }

  void removeService(String name) {
    services.remove(name);
    publish(Set.of(new ServiceName(TestObjects.NAMESPACE, name)));
  }

  /** Replaces all Ingresses and waits until the routes are in place. */
  void ingresses(Ingress... ingresses) {
    gateway.ingresses().onReplace(List.of(ingresses), "2");
    settle();
  }

  void classes(IngressClass... classes) {
    gateway.ingressClasses().onReplace(List.of(classes), "2");
    settle();
  }

  void secrets(Secret... secrets) {
    gateway.secrets().onReplace(List.of(secrets), "2");
    settle();
  }

  /** Replaces the gateway's ConfigMap. */
  void config(Map<String, String> data) {
    gateway.config().onReplace(List.of(TestObjects.config(data)), "2");
    settle();
  }

  /** A Service {@code web} behind everything, of one backend. */
  TestBackend everythingTo(TestBackend backend) {
    service("web", backend);
    ingresses(TestObjects.ingress("all").defaultBackend("web").build());
    return backend;
  }

  RawClient connect() throws IOException {
    return new RawClient(Objects.requireNonNull(gateway.httpAddress()));
  }

  /** Waits for the compilation of everything that was delivered so far. */
  void settle() {
    long target = gateway.compilationsWanted();
    await(() -> gateway.compilationsDone() >= target);
  }

  /** Waits, at most a minute, until a condition holds. */
  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("the condition did not come true");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    gateway.close();
    backends.forEach(TestBackend::close);
    leaks.check();
  }

  private void publish(Set<ServiceName> changed) {
    ServiceSnapshot before = snapshot;
    revision++;
    snapshot = ServiceSnapshot.of(revision, new HashSet<>(services.values()), Set.of());
    gateway.onSnapshot(new SnapshotDelta(before, snapshot, changed));
  }
}
