// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.service.EndpointTable.Conditions;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Endpoints that come, go, refuse and break, and what clients notice of it. */
class FailoverIT {
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.ingresses(TestObjects.ingress("all").defaultBackend("web").build());
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void requestsGoToAllEndpointsInTurn() throws IOException {
    TestBackend[] backends = new TestBackend[10];
    for (int i = 0; i < backends.length; i++) {
      backends[i] = fixture.backend("pod-" + i);
    }
    fixture.service("web", backends);
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      try (RawClient client = fixture.connect()) {
        counts.merge(client.get("h", "/").field("X-Backend"), 1, Integer::sum);
      }
    }
    assertThat(counts).hasSize(10);
    assertThat(counts.values()).containsOnly(10);
  }

  @Test
  void refusedConnectionGoesToAnotherEndpointWhateverTheMethod() throws IOException {
    TestBackend good = fixture.backend("good");
    fixture.service("web", List.of(dead(), endpoint(good), dead()));
    for (int i = 0; i < 10; i++) {
      try (RawClient client = fixture.connect()) {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(client.response().body()).contains("backend=good", "hello");
      }
    }
  }

  @Test
  void onlyDeadEndpointsAnswer502() throws IOException {
    fixture.service("web", List.of(dead()));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(502);
    }
    assertThat(fixture.gateway().counters().retries()).isEqualTo(2);
  }

  @Test
  void idempotentRequestIsTriedElsewhereWhenTheConnectionEndsBeforeAByte() throws IOException {
    TestBackend bad = fixture.backend("bad", (request, in, out) -> false);
    TestBackend good = fixture.backend("good");
    fixture.service("web", bad, good);
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 6; i++) {
        assertThat(client.get("h", "/").field("X-Backend")).isEqualTo("good");
      }
    }
    assertThat(bad.requests).isNotEmpty();
  }

  @Test
  void postIsNeverSentTwice() throws IOException {
    TestBackend bad = fixture.backend("bad", (request, in, out) -> false);
    fixture.service("web", bad);
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
      assertThat(client.response().status()).isEqualTo(502);
    }
    assertThat(bad.requests).hasSize(1);
  }

  @Test
  void nothingIsTriedAgainAfterAByteOfTheResponse() throws IOException {
    TestBackend bad =
        fixture.backend(
            "bad",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.1 2");
              return false;
            });
    fixture.service("web", bad);
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").status()).isEqualTo(502);
    }
    assertThat(bad.requests).hasSize(1);
  }

  @Test
  void pooledConnectionThatTheBackendClosedCostsNoRequest() throws IOException {
    TestBackend backend = fixture.backend("a");
    fixture.service("web", backend);
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 50; i++) {
        assertThat(client.get("h", "/").status()).isEqualTo(200);
        backend.closeConnections();
      }
    }
  }

  @Test
  void endpointThatLeavesHasItsIdleConnectionsClosed() throws IOException {
    AtomicInteger ended = new AtomicInteger();
    TestBackend old =
        fixture.backend(
            "old",
            (request, in, out) -> {
              TestBackend.respond(out, "200 OK\r\nX-Backend: old", "");
              in.mark(1);
              if (in.read() < 0) {
                ended.incrementAndGet();
                return false;
              }
              in.reset();
              return true;
            });
    TestBackend fresh = fixture.backend("fresh");
    fixture.service("web", old);
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").field("X-Backend")).isEqualTo("old");
      fixture.service("web", fresh);
      GatewayFixture.await(() -> ended.get() == 1);
      assertThat(client.get("h", "/").field("X-Backend")).isEqualTo("fresh");
    }
  }

  @Test
  void terminatingEndpointsServeOnlyWhileNoneIsReady() throws IOException {
    TestBackend leaving = fixture.backend("leaving");
    TestBackend ready = fixture.backend("ready");
    TestEndpoint terminating =
        new TestEndpoint(leaving.address(), leaving.port(), Conditions.SERVING_TERMINATING);
    fixture.service("web", List.of(terminating));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/").field("X-Backend")).isEqualTo("leaving");
      fixture.service("web", List.of(terminating, endpoint(ready)));
      for (int i = 0; i < 5; i++) {
        assertThat(client.get("h", "/").field("X-Backend")).isEqualTo("ready");
      }
    }
  }

  @Test
  void rollingRestartUnderKeepAliveLoadLosesNoRequest() throws Exception {
    List<TestBackend> running = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      running.add(fixture.backend("v1-" + i));
    }
    fixture.service("web", running.toArray(TestBackend[]::new));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    List<String> lost = new CopyOnWriteArrayList<>();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < 4; c++) {
      clients.add(Thread.ofVirtual().start(() -> load(stop, answered, lost)));
    }
    for (int i = 0; i < 3; i++) {
      int before = answered.get();
      TestBackend next = fixture.backend("v2-" + i);
      TestBackend leaving = running.set(i, next);
      // As kubelet and controllers do: the endpoint leaves, the process ends a little later.
      fixture.service("web", running.toArray(TestBackend[]::new));
      GatewayFixture.await(() -> answered.get() > before + 50);
      leaving.close();
      GatewayFixture.await(() -> answered.get() > before + 150);
    }
    stop.set(true);
    for (Thread client : clients) {
      client.join();
    }
    assertThat(lost).isEmpty();
    assertThat(answered.get()).isGreaterThan(450);
  }

  @Test
  void backendsThatDieWithoutNoticeCostNoIdempotentRequest() throws Exception {
    List<TestBackend> running = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      running.add(fixture.backend("v1-" + i));
    }
    fixture.service("web", running.toArray(TestBackend[]::new));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    List<String> lost = new CopyOnWriteArrayList<>();
    Thread client = Thread.ofVirtual().start(() -> load(stop, answered, lost));
    for (int i = 0; i < 2; i++) {
      int before = answered.get();
      GatewayFixture.await(() -> answered.get() > before + 50);
      running.get(i).close();
      GatewayFixture.await(() -> answered.get() > before + 150);
    }
    stop.set(true);
    client.join();
    assertThat(lost).isEmpty();
  }

  private void load(AtomicBoolean stop, AtomicInteger answered, List<String> lost) {
    try (RawClient client = fixture.connect()) {
      // Fewer than the requests after which a connection ends.
      for (int i = 0; i < 990 && !stop.get(); i++) {
        RawClient.Response response = client.get("h", "/" + i);
        if (response.status() == 200) {
          answered.incrementAndGet();
        } else {
          lost.add(response.body());
        }
        LockSupport.parkNanos(1_000_000);
      }
    } catch (IOException broken) {
      lost.add(broken.toString());
    }
  }

  private static TestEndpoint endpoint(TestBackend backend) {
    return new TestEndpoint(backend.address(), backend.port(), Conditions.AVAILABLE);
  }

  /** An endpoint at which nothing listens. */
  private static TestEndpoint dead() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return new TestEndpoint("127.0.0.1", socket.getLocalPort(), Conditions.AVAILABLE);
    }
  }
}
