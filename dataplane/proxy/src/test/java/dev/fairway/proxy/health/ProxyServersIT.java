// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.SyncResult;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.TrafficPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyServersIT {
  private final ProxyMetrics metrics = new ProxyMetrics();
  private final CountDownLatch applied = new CountDownLatch(1);
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final ProxyServers servers =
      new ProxyServers(
          ProxyServers.Options.of(
              "node-1",
              Set.of(IpFamily.IPV4),
              new InetSocketAddress("127.0.0.1", 0),
              new InetSocketAddress("127.0.0.1", 0),
              () -> List.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("::1"))),
          new FakeProxier(),
          metrics,
          ProxyEvents.none(),
          () -> now);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    servers.close();
    client.close();
  }

  @Test
  void healthCheckNodePort_countsReadyLocalAddressesOnce() throws Exception {
    int port = freePort();
    publish(port, Conditions.AVAILABLE);
    HttpResponse<String> up = get("127.0.0.1", port, "/any/path");
    assertThat(up.statusCode()).isEqualTo(200);
    assertThat(up.headers().firstValue("X-Load-Balancing-Endpoint-Weight")).contains("3");
    publish(port, Conditions.SERVING_TERMINATING);
    HttpResponse<String> draining = get("127.0.0.1", port, "/");
    assertThat(draining.statusCode()).isEqualTo(503);
    assertThat(draining.headers().firstValue("X-Load-Balancing-Endpoint-Weight")).contains("0");
    servers.close();
    assertThatThrownBy(() -> get("127.0.0.1", port, "/")).isInstanceOf(ConnectException.class);
  }

  /** Recorded from kube-proxy 1.36.3. */
  @Test
  void healthCheckNodePort_answersInKubeProxysWords() throws Exception {
    int port = freePort();
    publish(port, Conditions.AVAILABLE);
    HttpResponse<String> answer = get("127.0.0.1", port, "/");
    assertThat(answer.headers().map())
        .containsEntry("content-type", List.of("application/json"))
        .containsEntry("x-content-type-options", List.of("nosniff"))
        .containsEntry("x-load-balancing-endpoint-weight", List.of("3"))
        .containsEntry("content-length", List.of("" + answer.body().length()));
    assertThat(answer.body())
        .isEqualTo(
            "{\n\t\"service\": {\n\t\t\"namespace\": \"ns\",\n\t\t\"name\": \"web\"\n\t},\n"
                + "\t\"localEndpoints\": 3,\n\t\"serviceProxyHealthy\": true\n}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
  void everyMethod_isAnsweredAlike(String method) throws Exception {
    int port = freePort();
    publish(port, Conditions.AVAILABLE);
    int metricsPort = Objects.requireNonNull(servers.metricsAddress()).getPort();
    int healthPort = Objects.requireNonNull(servers.healthzAddress()).getPort();
    List<URI> uris =
        List.of(
            URI.create("http://127.0.0.1:" + port + "/x/y"),
            URI.create("http://127.0.0.1:" + healthPort + "/livez"),
            URI.create("http://127.0.0.1:" + metricsPort + "/healthz?verbose"));
    for (URI uri : uris) {
      HttpRequest.BodyPublisher body =
          method.startsWith("P")
              ? HttpRequest.BodyPublishers.ofString("ignored".repeat(10_000))
              : HttpRequest.BodyPublishers.noBody();
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri).method(method, body).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValueAsLong("content-length").orElse(0)).isGreaterThan(20);
      assertThat(answer.body().isEmpty()).isEqualTo(method.equals("HEAD"));
    }
  }

  @Test
  void clientsThatTalkNonsenseOrNothing_keepNobodyAway() throws Exception {
    int port = Objects.requireNonNull(servers.healthzAddress()).getPort();
    List<String> openings =
        List.of(
            "",
            "GET /healthz HTTP/1.1\r\n",
            "\0\0\0\0",
            "GET /" + "x".repeat(100_000),
            "POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "GET http://[::1 HTTP/1.1\r\n\r\n",
            "GET /%zz HTTP/1.1\r\n\r\n");
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 210; i++) {
        Socket socket = new Socket("127.0.0.1", port);
        clients.add(socket);
        try {
          socket
              .getOutputStream()
              .write(openings.get(i % openings.size()).getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException _) {
          // Cut off already, which is as good an answer as any.
        }
      }
      assertThat(healthz("/livez").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : clients) {
        socket.close();
      }
    }
  }

  @Test
  void addressThatCannotBeBound_isReported_andTheOthersServe() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      List<String> events = new ArrayList<>();
      try (ProxyServers others = servers(taken.getLocalPort(), 0, false, events)) {
        assertThat(others.healthzAddress()).isNull();
        assertThat(events)
            .singleElement()
            .asString()
            .startsWith(
                "FailedToStartProxierHealthcheck failed to start proxy healthz on 127.0.0.1:"
                    + taken.getLocalPort()
                    + ": ");
        int port = Objects.requireNonNull(others.metricsAddress()).getPort();
        assertThat(get("127.0.0.1", port, "/healthz").body()).isEqualTo("ok");
      }
    }
  }

  @Test
  void addressThatCannotBeBound_isFatalIfTheConfigurationSaysSo() throws Exception {
    int free = freePort();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      List<String> events = new ArrayList<>();
      assertThatThrownBy(() -> servers(free, taken.getLocalPort(), true, events))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("bindAddressHardFail")
          .hasMessageContaining("" + taken.getLocalPort());
      assertThat(events)
          .singleElement()
          .asString()
          .startsWith("FailedToStartMetricServer starting metrics server failed: ");
    }
    try (ServerSocket again = new ServerSocket(free, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThat(again.isBound()).describedAs("nothing is left open").isTrue();
    }
  }

  private ProxyServers servers(
      int healthz, int metricsPort, boolean hardFail, List<String> events) {
    return new ProxyServers(
        ProxyServers.Options.of(
                "node-1",
                Set.of(IpFamily.IPV4),
                new InetSocketAddress("127.0.0.1", healthz),
                new InetSocketAddress("127.0.0.1", metricsPort),
                List::of)
            .withBindFailures(hardFail, (reason, message) -> events.add(reason + " " + message)),
        new FakeProxier(),
        new ProxyMetrics(),
        ProxyEvents.none(),
        () -> now);
  }

  @Test
  void changeThatIsNeverApplied_turnsUnhealthy() throws Exception {
    servers.health().nodeSeen(false, List.of());
    assertThat(healthz("/healthz").statusCode()).isEqualTo(200);
    publish(freePort(), Conditions.AVAILABLE);
    now = now.plusSeconds(60);
    assertThat(healthz("/livez").statusCode()).isEqualTo(503);
    applied.countDown();
    while (metrics.lastSyncMillis.get() == 0 || !servers.health().isHealthy()) {
      Thread.onSpinWait();
    }
    HttpResponse<String> recovered = healthz("/healthz");
    assertThat(recovered.statusCode()).isEqualTo(200);
    assertThat(recovered.body()).contains("lastUpdated");
  }

  @Test
  void metricsServer_answersKubeProxysPaths() throws Exception {
    metrics.syncSeconds.observe(0.003);
    InetSocketAddress at = Objects.requireNonNull(servers.metricsAddress());
    assertThat(get("127.0.0.1", at.getPort(), "/healthz").body()).isEqualTo("ok");
    assertThat(get("127.0.0.1", at.getPort(), "/proxyMode").body()).isEqualTo("userspace");
    assertThat(get("127.0.0.1", at.getPort(), "/configz").body())
        .contains("kubeproxy.config.k8s.io");
    assertThat(get("127.0.0.1", at.getPort(), "/nothing").statusCode()).isEqualTo(404);
    HttpResponse<String> text = get("127.0.0.1", at.getPort(), "/metrics");
    assertThat(text.headers().firstValue("Content-Type").orElse("")).contains("version=0.0.4");
    assertThat(text.body())
        .contains(
            "kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family=\"IPv4\",le=\"0.002\"} 0")
        .contains(
            "kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family=\"IPv4\",le=\"0.004\"} 1")
        .contains("kubeproxy_proxy_livez_total{code=\"503\"} 0")
        .contains(
            "kubeproxy_sync_proxy_rules_no_local_endpoints_total{ip_family=\"IPv4\","
                + "traffic_policy=\"external\"} 0")
        .contains("process_open_fds ");
  }

  private void publish(int healthPort, Conditions conditions) {
    ServiceInfo.Settings settings =
        ServiceInfo.Settings.of("ns", "web")
            .type(ServiceType.LOAD_BALANCER)
            .clusterIp("172.30.0.1")
            .port("a", 80)
            .port("b", 81)
            .externalPolicy(TrafficPolicy.LOCAL)
            .healthCheckNodePort(healthPort)
            .build();
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 1; i <= 3; i++) {
      table.add(IpAddress.parse("10.0.0." + i), conditions, "node-1");
    }
    table.add(IpAddress.parse("10.0.0.9"), Conditions.AVAILABLE, "node-2");
    List<SliceEndpoints.Port> ports =
        List.of(
            new SliceEndpoints.Port(new EndpointPort("a", Protocol.TCP), 8080),
            new SliceEndpoints.Port(new EndpointPort("b", Protocol.TCP), 8081));
    ServiceInfo service =
        new ServiceInfo(settings, List.of(new SliceEndpoints("s", false, ports, table.build())));
    servers.onSnapshot(SnapshotDelta.full(ServiceSnapshot.of(1, List.of(service), Set.of("ns"))));
  }

  private HttpResponse<String> healthz(String path) throws Exception {
    return get("127.0.0.1", Objects.requireNonNull(servers.healthzAddress()).getPort(), path);
  }

  private HttpResponse<String> get(String host, int port, String path) throws Exception {
    URI uri = URI.create("http://" + host + ":" + port + path);
    return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  /** Programs nothing, and is done when the test says so. */
  private final class FakeProxier implements Proxier {
    @Override
    public String name() {
      return "fake";
    }

    @Override
    public SyncResult sync(SnapshotDelta delta) {
      return new SyncResult(delta.after().revision(), 0, 0, 0, 0, 0);
    }

    @Override
    public boolean awaitApplied(long revision, Duration timeout) throws InterruptedException {
      applied.await();
      return true;
    }

    @Override
    public void close(Duration drain) {}
  }
}
