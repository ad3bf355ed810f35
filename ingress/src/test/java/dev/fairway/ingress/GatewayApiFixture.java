// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.gatewayapi.GatewayApiOptions;
import dev.fairway.ingress.gatewayapi.GatewayController;
import dev.fairway.ingress.gatewayapi.GatewayObjectFeed;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * A Gateway {@code shop/edge} with an address of its own on loopback, and a backend {@code web}.
 * Fails on a leaked buffer.
 */
final class GatewayApiFixture implements AutoCloseable {
  static final int PORT = 18_080;

  private final LeakWatch leaks = LeakWatch.start();

  /** A range of its own for every process that runs a test. */
  private final String range = "127.113." + ProcessHandle.current().pid() % 250 + ".0/29";

  private final IngressGateway gateway;
  private final GatewayController controller;
  private final GatewayObjectFeed objects;
  private final TestBackend backend = new TestBackend("web");

  GatewayApiFixture(IngressOptions options) throws IOException {
    gateway = IngressGateway.start(options, null);
    controller =
        gateway.newGatewayController(GatewayApiOptions.of(IpPrefix.parse(range), Set.of()), null);
    controller.start();
    objects = new GatewayObjectFeed(controller);
    services(service("web", backend));
  }

  /** The only endpoint of the Service web, unless {@link #services} says otherwise. */
  TestBackend backend() {
    return backend;
  }

  /** Replaces all objects but Services. */
  void replace(String manifests) {
    objects.replace(manifests);
  }

  static ServiceInfo service(String name, TestBackend... endpoints) {
    return TestObjects.service(
        name,
        Arrays.stream(endpoints)
            .map(b -> new TestEndpoint(b.address(), b.port(), Conditions.AVAILABLE))
            .toList());
  }

  /** Replaces all Services. */
  void services(ServiceInfo... services) {
    ServiceSnapshot after = ServiceSnapshot.of(2, List.of(services), Set.of());
    SnapshotDelta delta =
        new SnapshotDelta(
            ServiceSnapshot.empty(),
            after,
            Set.copyOf(List.of(services).stream().map(ServiceInfo::name).toList()));
    gateway.onSnapshot(delta);
    controller.onSnapshot(delta);
  }

  InetSocketAddress at(int port) {
    return new InetSocketAddress(range.replace(".0/29", ".1"), port);
  }

  /** A connection as soon as the address accepts one. */
  static Socket connected(InetSocketAddress address) throws IOException {
    GatewayFixture.await(() -> accepts(address));
    return new Socket(address.getAddress(), address.getPort());
  }

  static boolean accepts(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, 1000);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  static String gateway(String listeners) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: GatewayClass
    metadata: {name: fairway, generation: 1}
    spec: {controllerName: fairway.dev/gateway}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge, namespace: shop, generation: 1}
    spec: {gatewayClassName: fairway, listeners: [%s]}
    ---
    """
        .formatted(listeners);
  }

  static String web() {
    return route("HTTPRoute", "rules: [{backendRefs: [{name: web, port: 80}]}]");
  }

  static String route(String kind, String spec) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: r, namespace: shop, generation: 1}
    spec: {parentRefs: [{name: edge}], %s}
    """
        .formatted(kind, spec);
  }

  static String certificate() {
    TestCertificates.Pem pem = TestCertificates.create("a.example");
    return """
    apiVersion: v1
    kind: Secret
    type: kubernetes.io/tls
    metadata: {name: certificate, namespace: shop}
    data: {tls.crt: %s, tls.key: %s}
    """
        .formatted(base64(pem.certificate()), base64(pem.key()));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() {
    controller.close();
    gateway.close();
    backend.close();
    leaks.check();
  }
}
