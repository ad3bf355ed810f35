// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import com.sun.net.httpserver.HttpServer;
import dev.fairway.ingress.IngressGateway;
import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.gatewayapi.GatewayApiOptions;
import dev.fairway.ingress.gatewayapi.GatewayController;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.HttpRoute;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Many HTTPRoutes at one Gateway: {@code GatewayScale ROUTES MATCHES}, where MATCHES are those of
 * all together. Prints, in lines of a word and a number, the milliseconds from the objects to a
 * Gateway that serves them in a young JVM, and the median milliseconds from one changed object to
 * the first request that meets the change, with and without a new Secret at the same time.
 */
public final class GatewayScale {
  /** The number of a change beyond those without a Secret. */
  private static final int ANOTHER = 100;

  private static final String RANGE = "127.77.0.0/30";
  private static final String ADDRESS = "127.77.0.1";
  private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

  private final int routes;
  private final int matchesEach;
  private int generation = 1;

  private GatewayScale(int routes, int matchesEach) {
    this.routes = routes;
    this.matchesEach = matchesEach;
  }

  /** Measures once. */
  public static void main(String[] args) throws Exception {
    int[] numbers = Scale.arguments("GatewayScale ROUTES MATCHES", args);
    new GatewayScale(numbers[0], numbers[1] / numbers[0]).run();
    System.exit(0);
  }

  private void run() throws IOException {
    List<HttpRoute> all = new ArrayList<>(routes);
    for (int i = 0; i < routes; i++) {
      all.add(route(i, false));
    }
    HttpServer backend = Scale.backend();
    ServiceSnapshot services = IngressFixture.services(routes, backend.getAddress().getPort());
    InetSocketAddress address = new InetSocketAddress(ADDRESS, freePort());
    try (IngressGateway server = IngressGateway.start(IngressOptions.of("127.0.0.1", 0, -1), null);
        GatewayController controller =
            server.newGatewayController(
                GatewayApiOptions.of(IpPrefix.parse(RANGE), Set.of()), null)) {
      controller.start();
      SnapshotDelta delta = Scale.delta(services);
      server.onSnapshot(delta);
      controller.onSnapshot(delta);
      listEverythingElse(controller, address.getPort());
      long start = System.nanoTime();
      controller.listener(GatewayResources.HTTP_ROUTES).onReplace(all, "1");
      Scale.await(() -> serves(address, routes - 1));
      System.out.printf("compile_ms %.1f%n", (System.nanoTime() - start) / 1e6);
      System.out.printf(
          "change_ms %.3f%n",
          Scale.medianChange(address, routes, 0, index -> change(controller, index)));
      System.out.printf(
          "secret_ms %.3f%n",
          Scale.medianChange(
              address, routes, ANOTHER, index -> changeWithSecret(controller, index)));
    }
    backend.stop(0);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
      return socket.getLocalPort();
    }
  }

  private static void listEverythingElse(GatewayController controller, int port) {
    for (Resource<? extends KubeObject> empty :
        List.of(
            GatewayResources.LISTENER_SETS,
            GatewayResources.GRPC_ROUTES,
            GatewayResources.TLS_ROUTES,
            GatewayResources.TCP_ROUTES,
            GatewayResources.UDP_ROUTES,
            GatewayResources.REFERENCE_GRANTS,
            GatewayResources.BACKEND_TLS_POLICIES,
            Resource.SECRETS,
            Resource.CONFIG_MAPS)) {
      controller.listener(empty).onReplace(List.of(), "1");
    }
    controller
        .listener(Resource.NAMESPACES)
        .onReplace(List.of(decode(Resource.NAMESPACES, "{metadata: {name: infra}}")), "1");
    controller
        .listener(GatewayResources.GATEWAY_CLASSES)
        .onReplace(
            List.of(
                decode(
                    GatewayResources.GATEWAY_CLASSES,
                    "{metadata: {name: fairway}, spec: {controllerName: fairway.dev/gateway}}")),
            "1");
    Gateway gateway =
        decode(
            GatewayResources.GATEWAYS,
            "{metadata: {name: edge, namespace: infra}, spec: {gatewayClassName: fairway,"
                + " listeners: [{name: http, protocol: HTTP, allowedRoutes: {namespaces: {from:"
                + " All}}, port: "
                + port
                + "}]}}");
    controller.listener(GatewayResources.GATEWAYS).onReplace(List.of(gateway), "1");
  }

  private static <T extends KubeObject> T decode(Resource<T> resource, String text) {
    return KubeCodec.decode(resource, KubeCodec.yamlDocuments(text).getFirst());
  }

  /**
   * An HTTPRoute with one host.
   *
   * @param changed whether there is one more match, {@code /changed}
   */
  private HttpRoute route(int index, boolean changed) {
    List<HttpRoute.Match> matches = new ArrayList<>(matchesEach + 1);
    for (int i = 0; i < matchesEach; i++) {
      matches.add(match(IngressFixture.path(i)));
    }
    if (changed) {
      matches.add(match("/changed"));
    }
    ObjectMeta metadata =
        new ObjectMeta(
            "web-" + index,
            "",
            IngressFixture.namespace(index),
            "uid-" + index,
            "1",
            generation++,
            CREATED.plusSeconds(index),
            null,
            null,
            Map.of(),
            Map.of(),
            List.of(),
            List.of());
    HttpRoute.Rule rule =
        new HttpRoute.Rule(
            null,
            matches,
            List.of(),
            List.of(new BackendReference(null, null, null, "svc-" + index, 80, null, List.of())),
            null,
            null,
            null);
    ParentRef parent = new ParentRef(null, null, "infra", "edge", null, null);
    return new HttpRoute(
        metadata,
        new HttpRoute.Spec(List.of(parent), List.of(IngressFixture.host(index)), List.of(rule)),
        null);
  }

  private static HttpRoute.Match match(String path) {
    return new HttpRoute.Match(
        new HttpRoute.PathMatch("PathPrefix", path), List.of(), List.of(), null);
  }

  /** Whether the last route is there; before its Gateway nothing listens. */
  private boolean serves(InetSocketAddress address, int index) {
    try (PathProbe probe =
        new PathProbe(address, IngressFixture.host(index), IngressFixture.path(0))) {
      return probe.status() != 404;
    } catch (IOException notYet) {
      return false;
    }
  }

  private void change(GatewayController controller, int index) {
    controller.listener(GatewayResources.HTTP_ROUTES).onUpsert(route(index, true));
  }

  private void changeWithSecret(GatewayController controller, int index) {
    Secret secret = new Secret(ObjectMeta.of("infra", "s" + index), "Opaque", Map.of("a", "b"));
    controller.listener(Resource.SECRETS).onUpsert(secret);
    change(controller, index);
  }
}
