// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.dns.DnsOptions;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fairway dns}: what it says of itself, and when it answers. */
class DnsDaemonIT {
  private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);
  private static final String WEB = "web.default.svc.cluster.local. A";
  @TempDir static Path folder;
  private static TestApi api;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws Exception {
    api = TestApi.start(folder);
    api.create(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          clusterIP: 127.96.0.10
          ports: [{name: http, port: 80}]
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: empty}
        """);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @Test
  void itAnswersForWhatTheApiServerHas_andIsReady() throws Exception {
    try (DnsDaemon daemon = DnsDaemon.start(options(false), api.transport())) {
      assertThat(daemon.awaitListening()).isTrue();
      InetSocketAddress dns = daemon.addresses().getFirst();
      assertThat(DnsClient.brief(DnsClient.ask(dns, WEB))).isEqualTo("NOERROR 127.96.0.10");
      assertThat(DnsClient.brief(DnsClient.ask(dns, "empty.svc.cluster.local. A")))
          .as("a namespace without Services, from the first answer on")
          .isEqualTo("NOERROR");
      assertThat(get(daemon.healthAddress(), "/health")).isEqualTo("200 OK");
      assertThat(get(daemon.readyAddress(), "/ready")).isEqualTo("200 OK");
      assertThat(get(daemon.metricsAddress(), "/metrics"))
          .startsWith("200 ")
          .contains("coredns_dns_requests_total{", "coredns_dns_responses_total{")
          .contains("coredns_build_info{", "process_resident_memory_bytes ");
      String checked = "coredns_health_request_duration_seconds_count ";
      while (!get(daemon.metricsAddress(), "/metrics").contains(checked)) {
        Thread.onSpinWait();
      }
      assertThat(get(daemon.metricsAddress(), "/metrics"))
          .doesNotContain("coredns_health_request_failures_total");
      assertThat(get(daemon.healthAddress(), "/ready")).startsWith("404 ");
    }
  }

  @Test
  void beforeTheClusterIsKnown_nobodyListensAndItIsNotReady() throws Exception {
    SilentApi silent = new SilentApi(api.transport());
    try (DnsDaemon daemon = DnsDaemon.start(options(false), silent)) {
      assertThat(daemon.addresses()).isEmpty();
      assertThat(get(daemon.healthAddress(), "/health")).isEqualTo("200 OK");
      assertThat(get(daemon.readyAddress(), "/ready")).isEqualTo("503 kubernetes");
      silent.speak.countDown();
      assertThat(daemon.awaitListening()).isTrue();
      assertThat(get(daemon.readyAddress(), "/ready")).isEqualTo("200 OK");
      assertThat(DnsClient.brief(DnsClient.ask(daemon.addresses().getFirst(), WEB)))
          .as("the first answer of all")
          .isEqualTo("NOERROR 127.96.0.10");
    }
  }

  @Test
  void askedToListenEarly_clusterNamesAreServfailUntilTheClusterIsKnown() throws Exception {
    SilentApi silent = new SilentApi(api.transport());
    try (DnsDaemon daemon = DnsDaemon.start(options(true), silent)) {
      InetSocketAddress dns = daemon.addresses().getFirst();
      assertThat(DnsClient.brief(DnsClient.ask(dns, WEB))).isEqualTo("SERVFAIL");
      assertThat(get(daemon.readyAddress(), "/ready")).isEqualTo("503 kubernetes");
      silent.speak.countDown();
      assertThat(daemon.awaitListening()).isTrue();
      assertThat(DnsClient.brief(DnsClient.ask(dns, WEB))).isEqualTo("NOERROR 127.96.0.10");
    }
  }

  @Test
  void withAStateFile_itAnswersAtOnceWhileTheApiServerIsAway() throws Exception {
    Path state = folder.resolve("state");
    try (DnsDaemon before = DnsDaemon.start(options(state), api.transport())) {
      assertThat(before.addresses()).isEmpty();
      before.awaitListening();
    }
    SilentApi silent = new SilentApi(api.transport());
    try (DnsDaemon daemon = DnsDaemon.start(options(state), silent)) {
      assertThat(daemon.awaitListening()).isTrue();
      InetSocketAddress dns = daemon.addresses().getFirst();
      assertThat(DnsClient.brief(DnsClient.ask(dns, WEB))).isEqualTo("NOERROR 127.96.0.10");
      assertThat(get(daemon.readyAddress(), "/ready")).isEqualTo("200 OK");
      assertThat(get(daemon.metricsAddress(), "/metrics")).contains("fairway_dns_stale 1");
      silent.speak.countDown();
    }
  }

  @Test
  void inLameduck_itAnswersAndLivesButIsNotReady() throws Exception {
    CountDownLatch lame = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    DnsDaemon daemon =
        DnsDaemon.start(
            options(false).withLameduck(Duration.ofSeconds(5)),
            api.transport(),
            duration -> {
              assertThat(duration).isEqualTo(Duration.ofSeconds(5));
              lame.countDown();
              over.await();
            });
    daemon.awaitListening();
    InetSocketAddress dns = daemon.addresses().getFirst();
    Thread closing = Thread.ofVirtual().start(daemon::close);
    lame.await();
    assertThat(get(daemon.healthAddress(), "/health")).isEqualTo("200 OK");
    assertThat(get(daemon.readyAddress(), "/ready")).isEqualTo("503 lameduck");
    assertThat(DnsClient.brief(DnsClient.ask(dns, WEB))).isEqualTo("NOERROR 127.96.0.10");
    over.countDown();
    closing.join();
    try (ServerSocket free = new ServerSocket()) {
      free.bind(dns);
    }
  }

  @Test
  void anAddressThatIsTakenIsSaidAtTheStart() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(ANY);
      InetSocketAddress address = (InetSocketAddress) taken.getLocalSocketAddress();
      DnsDaemon.Options options =
          DnsDaemon.Options.of(DnsOptions.of(ANY, "cluster.local")).withPages(address, null, null);
      assertThatThrownBy(() -> DnsDaemon.start(options, api.transport()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot serve /health on")
          .hasMessageContaining(":" + address.getPort());
    }
  }

  private static DnsDaemon.Options options(boolean listenEarly) {
    return DnsDaemon.Options.of(DnsOptions.of(ANY, "cluster.local"))
        .withPages(ANY, new InetSocketAddress("127.0.0.2", 0), ANY)
        .withListenEarly(listenEarly);
  }

  private static DnsDaemon.Options options(Path state) {
    DnsDaemon.Options options = options(false);
    return options.withDns(options.dns().withStateFile(state));
  }

  private String get(@Nullable InetSocketAddress address, String path) throws Exception {
    URI uri = URI.create("http:/" + address + path);
    HttpResponse<String> response =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  /** An API server that does not answer before it is told to. */
  private record SilentApi(ApiTransport real, CountDownLatch speak) implements ApiTransport {
    SilentApi(ApiTransport real) {
      this(real, new CountDownLatch(1));
    }

    @Override
    public ApiResponse exchange(ApiRequest request) throws IOException, InterruptedException {
      speak.await();
      return real.exchange(request);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
