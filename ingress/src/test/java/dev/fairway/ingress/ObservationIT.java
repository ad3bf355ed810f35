// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.service.EndpointTable.Conditions;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every request that is over is told of once, with who decided its response and why. */
class ObservationIT {
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture =
        new GatewayFixture(
            GatewayFixture.options().withObservers(List.of(request -> told.add(line(request)))));
    fixture.service("good", fixture.backend("good"));
    fixture.service("closing", fixture.backend("closing", (request, in, out) -> false));
    fixture.service(
        "broken",
        fixture.backend(
            "broken",
            (request, in, out) -> {
              TestBackend.send(out, "nonsense\r\n\r\n");
              return false;
            }));
    fixture.service(
        "cut",
        fixture.backend(
            "cut",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!");
              return false;
            }));
    fixture.service("none", List.of());
    fixture.service("dead", List.of(dead()));
    fixture.ingresses(
        TestObjects.ingress("web")
            .host("h")
            .prefix("/good", "good")
            .prefix("/closing", "closing")
            .prefix("/broken", "broken")
            .prefix("/cut", "cut")
            .prefix("/none", "none")
            .prefix("/dead", "dead")
            .build());
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @ParameterizedTest(name = "{0}: {4}")
  @CsvSource({
    "answered,               h,     GET,     /good,    200 - attempts=1",
    "no endpoint,            h,     GET,     /none,    503 no_endpoint attempts=0",
    "nothing listens,        h,     GET,     /dead,    502 connect_failed attempts=3",
    "backend closes,         h,     POST,    /closing, 502 backend_closed attempts=1",
    "backend talks nonsense, h,     GET,     /broken,  502 backend_malformed attempts=1",
    "response is cut,        h,     GET,     /cut,     200 backend_closed attempts=1",
    "no such path,           h,     GET,     /nowhere, 404 no_route attempts=0",
    "no such host,           other, GET,     /good,    404 no_route attempts=0",
    "method refused,         h,     TRACE,   /good,    405 malformed_request attempts=0",
    "malformed target,       h,     GET,     /../..,   400 malformed_request attempts=0",
  })
  void tellsWhoDecidedAndWhy(String row, String host, String method, String path, String expected)
      throws Exception {
    try (RawClient client = fixture.connect()) {
      client.send(
          method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n\r\n");
      assertThat(told.poll(20, TimeUnit.SECONDS)).as(row).isEqualTo(expected);
    }
    assertThat(told).as("only once").isEmpty();
  }

  @Test
  void tellsOfRequestsThatAreNoHttp() throws Exception {
    try (RawClient client = fixture.connect()) {
      client.send("what is this\r\n\r\n");
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("400 malformed_request attempts=0");
    }
  }

  @Test
  void clientThatLeavesIsA499() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    fixture.service(
        "slow",
        fixture.backend(
            "slow",
            (request, in, out) -> {
              arrived.add("request");
              return in.read() >= 0; // until the gateway gives up
            }));
    fixture.ingresses(TestObjects.ingress("slow").defaultBackend("slow").build());
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(arrived.poll(20, TimeUnit.SECONDS)).isNotNull();
      // A reset: who only ends its own side may still read.
      client.socket().setSoLinger(true, 0);
    }
    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("499 client_gone attempts=1");
  }

  @Test
  void metricsSayTheSame() throws Exception {
    try (RawClient client = fixture.connect()) {
      client.get("h", "/good/x");
      client.get("h", "/none");
      client.get("other.example", "/");
    }
    GatewayFixture.await(() -> told.size() == 3);
    assertThat(fixture.gateway().metrics())
        .contains(
            "fairway_ingress_requests_total{kind=\"Ingress\",namespace=\"shop\",ingress=\"web\","
                + "service=\"good\",host=\"h\",path=\"/good\",method=\"GET\",status=\"200\"} 1\n",
            "fairway_ingress_own_answers_total{why=\"no_endpoint\",method=\"GET\",status=\"503\"}"
                + " 1\n",
            "fairway_ingress_own_answers_total{why=\"no_route\",method=\"GET\",status=\"404\"} 1\n",
            "fairway_ingress_connections_total 1\n",
            "fairway_ingress_config_successful 1\n",
            "fairway_ingress_ingresses 1\n")
        .doesNotContain("other.example");
  }

  private static String line(ServedRequest request) {
    return request.status() + " " + request.why().code() + " attempts=" + request.attempts();
  }

  /** An endpoint where nothing listens. */
  private static TestEndpoint dead() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return new TestEndpoint("127.0.0.1", socket.getLocalPort(), Conditions.AVAILABLE);
    }
  }
}
