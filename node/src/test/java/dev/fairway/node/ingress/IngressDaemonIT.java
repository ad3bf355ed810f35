// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.accesslog.AccessLogFormat;
import dev.fairway.ingress.accesslog.AccessLogOptions;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** The daemon against a real API server within this process. */
class IngressDaemonIT {
  private static final List<String> ADMINS = List.of("system:masters");
  private static final String NAME = "gateway";

  @TempDir private Path folder = Path.of("");
  private final List<IngressDaemon> daemons = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private ApiServer server;
  private KubeClient client;

  @BeforeEach
  void startServer() throws Exception {
    ApiServerConfig defaults = ApiServerConfig.loopback(folder.resolve("state"), 0);
    server = ApiServer.start(defaults);
    client = new KubeClient(server.localTransport("test", ADMINS));
    create(
        Resource.INGRESS_CLASSES,
        "",
        "{metadata: {name: fairway}, spec: {controller: " + "fairway.dev/ingress}}",
        "networking.k8s.io/v1",
        "IngressClass");
    createIngress("web");
  }

  @AfterEach
  void stop() {
    daemons.forEach(IngressDaemon::close);
    http.close();
    server.close();
  }

  @Test
  void oneReplicaLeadsAnotherTakesOverTheLastClears() throws Exception {
    IngressDaemon first = start(status(List.of("192.0.2.10"), null, "first"));
    await(() -> addresses("web").equals(List.of("192.0.2.10")));
    assertThat(holder()).startsWith("first");
    IngressDaemon second = start(status(List.of("192.0.2.10"), null, "second"));
    await(() -> second.gateway().isReady());
    createIngress("both");
    await(() -> second.gateway().metrics().contains("fairway_ingress_ingresses 2\n"));
    await(() -> events("both") == 1);
    assertThat(events("web")).as("Events are written by one replica").isEqualTo(1);

    first.close();
    await(() -> holder().startsWith("second"));
    assertThat(addresses("web")).containsExactly("192.0.2.10");
    createIngress("later");
    await(() -> addresses("later").equals(List.of("192.0.2.10")));
    await(() -> events("later") == 1);

    second.close();
    assertThat(addresses("web")).isEmpty();
    assertThat(addresses("later")).isEmpty();
    daemons.clear();
  }

  @Test
  void statusFollowsTheServiceInFront() throws Exception {
    create(
        Resource.SERVICES,
        "default",
        "{metadata: {name: front}, spec: {type: ClusterIP, ports: [{port: 80}],"
            + " externalIPs: [203.0.113.9]}}",
        "v1",
        "Service");
    var service = client.get(Resource.SERVICES, "default", "front");
    start(status(List.of(), new ObjectKey("default", "front"), "one"));
    await(() -> addresses("web").equals(List.of(service.spec().clusterIP())));
  }

  @Test
  void pagesTellLifeReadinessAndTheEnd() throws Exception {
    DaemonOptions quiet = options(noStatus(), new DaemonOptions.Scope("", ""), null);
    DaemonOptions graceful =
        new DaemonOptions(
            quiet.gateway(),
            quiet.scope(),
            quiet.status(),
            quiet.pages(),
            true,
            null,
            null,
            Duration.ofSeconds(2),
            null);
    IngressDaemon daemon = start(graceful);
    await(() -> page(daemon, "/readyz") == 200);
    assertThat(page(daemon, "/healthz")).isEqualTo(200);
    assertThat(page(daemon, "/livez")).isEqualTo(200);
    assertThat(page(daemon, "/other")).isEqualTo(404);
    assertThat(get(daemon.pagesAddress(), "/metrics").body())
        .contains("fairway_ingress_config_successful 1\n", "process_resident_memory_bytes");

    Thread end = Thread.ofVirtual().start(daemon::close);
    await(() -> page(daemon, "/healthz") == 500);
    assertThat(page(daemon, "/readyz")).isEqualTo(503);
    assertThat(page(daemon, "/livez")).isEqualTo(200);
    assertThat(get(daemon.gateway().httpAddress(), "/nowhere").statusCode())
        .as("clients that come within the grace period are served")
        .isEqualTo(404);
    end.join();
    daemons.clear();
  }

  @Test
  void pagesAreOnTheirPortAloneAndTellNoSecrets() throws Exception {
    create(
        Resource.SECRETS,
        "default",
        "{metadata: {name: tls}, type: kubernetes.io/tls, stringData: {tls.crt: dont-tell,"
            + " tls.key: dont-tell}}",
        "v1",
        "Secret");
    IngressDaemon daemon = start(options(noStatus(), new DaemonOptions.Scope("", ""), null));
    await(() -> page(daemon, "/readyz") == 200);
    assertThat(Objects.requireNonNull(daemon.pagesAddress()).getAddress().isLoopbackAddress())
        .as("the address it was given")
        .isTrue();
    for (String path : List.of("/metrics", "/healthz", "/livez", "/readyz")) {
      assertThat(get(daemon.gateway().httpAddress(), path).statusCode()).as(path).isEqualTo(404);
      assertThat(get(daemon.pagesAddress(), path).body()).doesNotContain("dont-tell", "PRIVATE");
    }
    for (String path : List.of("/", "/configuration", "/secrets", "/certs", "/debug", "/..")) {
      assertThat(page(daemon, path)).as(path).isIn(400, 404);
    }
  }

  @Test
  void onlyNamespacesWithTheLabelsAreServed() throws Exception {
    IngressDaemon daemon =
        start(options(noStatus(), new DaemonOptions.Scope("", "ingress=yes"), null));
    await(() -> daemon.gateway().isReady());
    assertThat(daemon.gateway().metrics()).contains("fairway_ingress_ingresses 0\n");
    create(
        Resource.NAMESPACES,
        "",
        "{metadata: {name: shop, labels: {ingress: yes}}}".replace("yes", "\"yes\""),
        "v1",
        "Namespace");
    create(Resource.INGRESSES, "shop", ingress("shop"), "networking.k8s.io/v1", "Ingress");
    await(() -> daemon.gateway().metrics().contains("fairway_ingress_ingresses 1\n"));
  }

  @Test
  void requestsAreLoggedToAFile() throws Exception {
    Path file = folder.resolve("access.log");
    IngressDaemon daemon =
        start(
            options(
                noStatus(),
                new DaemonOptions.Scope("", ""),
                new DaemonOptions.Log(AccessLogOptions.of(AccessLogFormat.COMMON), file)));
    await(() -> daemon.gateway().isReady());
    get(daemon.gateway().httpAddress(), "/nowhere");
    await(() -> Files.readString(file).contains("\"GET /nowhere HTTP/1.1\" 404 "));
  }

  @ParameterizedTest(name = "the format is a flag: {0}")
  @CsvSource({
    "false, '{\"uri\": \"/nowhere\", \"status\": 404}\n'",
    "true, '127.0.0.1 - - '",
  })
  void linesLookAsTheConfigMapSaysWhereNoFlagDoes(boolean fixed, String expected) throws Exception {
    create(
        Resource.CONFIG_MAPS,
        "default",
        "{metadata: {name: gateway}, data: {log-format-escape-json: 'true', log-format-upstream:"
            + " '{\"uri\": \"$uri\", \"status\": $status}'}}",
        "v1",
        "ConfigMap");
    Path file = folder.resolve("access.log");
    IngressDaemon daemon =
        start(
            options(
                noStatus(),
                new DaemonOptions.Scope("", "", new ObjectKey("default", "gateway")),
                new DaemonOptions.Log(AccessLogOptions.of(AccessLogFormat.COMMON), file, fixed)));
    await(() -> daemon.gateway().isReady());
    get(daemon.gateway().httpAddress(), "/nowhere");
    await(() -> !Files.readString(file).isEmpty());
    assertThat(Files.readString(file)).startsWith(expected);
  }

  private IngressDaemon start(DaemonOptions options) throws IOException {
    IngressDaemon daemon = IngressDaemon.start(options, server.localTransport("test", ADMINS));
    daemons.add(daemon);
    return daemon;
  }

  private IngressDaemon start(DaemonOptions.Status status) throws IOException {
    return start(options(status, new DaemonOptions.Scope("", ""), null));
  }

  private static DaemonOptions options(
      DaemonOptions.Status status, DaemonOptions.Scope scope, DaemonOptions.@Nullable Log log) {
    return new DaemonOptions(
        IngressOptions.of("127.0.0.1", 0, 0).withEventLoops(1, Duration.ofSeconds(1)),
        scope,
        status,
        new InetSocketAddress("127.0.0.1", 0),
        true,
        log,
        null,
        Duration.ZERO,
        null);
  }

  private static DaemonOptions.Status noStatus() {
    return new DaemonOptions.Status(false, List.of(), null, false, "default", NAME, "none");
  }

  private static DaemonOptions.Status status(
      List<String> addresses, @Nullable ObjectKey service, String identity) {
    return new DaemonOptions.Status(true, addresses, service, true, "default", NAME, identity);
  }

  private void createIngress(String name) throws Exception {
    create(Resource.INGRESSES, "default", ingress(name), "networking.k8s.io/v1", "Ingress");
  }

  private static String ingress(String name) {
    return "{metadata: {name: "
        + name
        + "}, spec: {ingressClassName: fairway, rules: [{host: "
        + name
        + ".example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web,"
        + " port: {number: 80}}}}]}}]}}";
  }

  private void create(
      Resource<? extends KubeObject> resource,
      String namespace,
      String yaml,
      String version,
      String kind)
      throws Exception {
    ObjectNode object = KubeCodec.yamlDocuments(yaml).getFirst();
    client.create(resource, namespace, object.put("apiVersion", version).put("kind", kind));
  }

  private List<String> addresses(String name) throws Exception {
    Ingress ingress = client.get(Resource.INGRESSES, "default", name);
    Ingress.Status status = ingress.status();
    return status == null || status.loadBalancer() == null
        ? List.of()
        : status.loadBalancer().ingress().stream().map(entry -> entry.ip()).toList();
  }

  /** How many Events tell that the Service of an Ingress is missing. */
  private long events(String ingress) throws Exception {
    return client.list(Resource.EVENTS, "default", ListOptions.ALL).items().stream()
        .filter(event -> event.involvedObject().name().equals(ingress))
        .filter(event -> event.reason().equals("ServiceNotFound"))
        .count();
  }

  private String holder() throws Exception {
    Lease.Spec spec = client.get(Resource.LEASES, "default", NAME).spec();
    return spec == null ? "" : Objects.requireNonNullElse(spec.holderIdentity(), "");
  }

  private int page(IngressDaemon daemon, String path) throws Exception {
    return get(daemon.pagesAddress(), path).statusCode();
  }

  private java.net.http.HttpResponse<String> get(@Nullable InetSocketAddress address, String path)
      throws Exception {
    int port = Objects.requireNonNull(address).getPort();
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  /** Waits, at most 30 s, until a condition holds. */
  private static void await(Callable<Boolean> condition) throws Exception {
    for (int i = 0; i < 3000; i++) {
      if (condition.call()) {
        return;
      }
      LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("the condition did not come true");
  }
}
