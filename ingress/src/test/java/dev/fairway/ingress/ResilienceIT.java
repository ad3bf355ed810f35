// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fairway.ingress.RawClient.Response;
import dev.fairway.ingress.upstream.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are sent again, endpoints that are left alone, and backends that are full. */
class ResilienceIT {
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

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {1, 1000, 65_536})
  void smallBodyOfAnIdempotentRequestIsSentAgain(int size) throws IOException {
    AtomicInteger taken = new AtomicInteger();
    TestBackend bad =
        fixture.backend(
            "bad",
            (request, in, out) -> {
              taken.addAndGet(request.body().length);
              return false;
            });
    TestBackend good = fixture.backend("good");
    fixture.service("web", bad, good);
    String body = "x".repeat(size);
    for (int i = 0; i < 2; i++) {
      try (RawClient client = fixture.connect()) {
        client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n" + body);
        assertThat(client.response().body()).contains("backend=good").endsWith(body);
      }
    }
    assertThat(taken.get()).as("one or both began at the bad one").isIn(size, 2 * size);
  }

  @Test
  void chunkedBodyWithTrailersIsSentAgain() throws IOException {
    TestBackend bad = fixture.backend("bad", (request, in, out) -> false);
    TestBackend good = fixture.backend("good");
    fixture.service("web", bad, good);
    for (int i = 0; i < 2; i++) {
      try (RawClient client = fixture.connect()) {
        client.send(
            "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        assertThat(client.response().body()).contains("backend=good", "abcde");
      }
    }
    assertThat(bad.requests).isNotEmpty();
  }

  /** Whether the gateway has noticed the end of the connection yet is left to chance. */
  @Test
  void postOnAConnectionThatTheBackendJustClosedIsNotLost() throws IOException {
    assumeTrue(Transport.best() != Transport.NIO, "needs TCP_INFO");
    TestBackend backend = fixture.backend("a");
    fixture.service("web", backend);
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 200; i++) {
        backend.closeConnections();
        client.send("POST /" + i + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(client.response().status()).isEqualTo(200);
      }
    }
    assertThat(backend.requests)
        .extracting(TestBackend.Request::line)
        .hasSize(200)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"GET, 200", "POST, 503"})
  void statusThatThePolicyNamesIsTriedElsewhere(String method, int status) throws IOException {
    TestBackend bad =
        fixture.backend(
            "bad",
            (request, in, out) -> {
              TestBackend.respond(out, "503 Service Unavailable", "later");
              return true;
            });
    TestBackend good = fixture.backend("good");
    fixture.service("web", bad, good);
    fixture.ingresses(
        TestObjects.ingress("all")
            .annotation("fairway.dev/proxy-next-upstream", "error http_503")
            .defaultBackend("web")
            .build());
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      try (RawClient client = fixture.connect()) {
        client.send(method + " / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
        statuses.add(client.response().status());
      }
    }
    assertThat(bad.requests).isNotEmpty();
    if (status == 200) {
      assertThat(statuses).containsOnly(200);
    } else {
      assertThat(statuses).contains(503);
    }
  }

  @Test
  void largeBodyIsNotSentAgain() throws IOException {
    TestBackend bad = fixture.backend("bad", (request, in, out) -> false);
    fixture.service("web", bad);
    try (RawClient client = fixture.connect()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n" + "x".repeat(65_537));
      assertThat(client.response().status()).isEqualTo(502);
    }
    assertThat(bad.requests).hasSize(1);
  }

  @Test
  void endpointThatFailsFiveTimesIsLeftAlone() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    TestBackend bad =
        fixture.backend(
            "bad",
            (request, in, out) -> {
              asked.incrementAndGet();
              TestBackend.respond(out, "500 Internal Server Error", "");
              return true;
            });
    TestBackend good = fixture.backend("good");
    fixture.service("web", bad, good);
    int failures = 0;
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 40; i++) {
        failures += client.get("h", "/").status() == 500 ? 1 : 0;
      }
    }
    assertThat(failures).isEqualTo(5);
    assertThat(asked.get()).isEqualTo(5);
  }

  @Test
  void endpointWhoseProbesFailIsLeftOutUntilTheySucceed() throws IOException {
    AtomicBoolean sick = new AtomicBoolean();
    List<String> probes = Collections.synchronizedList(new ArrayList<>());
    TestBackend first =
        fixture.backend(
            "first",
            (request, in, out) -> {
              boolean probe = request.line().startsWith("GET /health ");
              if (probe) {
                probes.add(request.field("User-Agent"));
              }
              boolean fails = probe && sick.get();
              TestBackend.respond(
                  out, (fails ? "500 Sick" : "200 OK") + "\r\nX-Backend: first", "");
              return true;
            });
    TestBackend second = fixture.backend("second");
    fixture.service("web", first, second);
    fixture.ingresses(
        TestObjects.ingress("all")
            .annotation("fairway.dev/health-check-path", "/health")
            .annotation("fairway.dev/health-check-interval", "1")
            .defaultBackend("web")
            .build());
    GatewayFixture.await(() -> isServedByFirst(true));
    sick.set(true);
    GatewayFixture.await(() -> isServedByFirst(false));
    sick.set(false);
    GatewayFixture.await(() -> isServedByFirst(true));
    assertThat(probes).hasSizeGreaterThan(5).containsOnly("fairway-health-check");
  }

  private boolean isServedByFirst(boolean expected) {
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 6; i++) {
        if (client.get("h", "/").field("X-Backend").equals("first")) {
          return expected;
        }
      }
      return !expected;
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  @Test
  void requestsBeyondTheLimitWait_andTooManyOfThemAreRefused() throws Exception {
    Semaphore go = new Semaphore(0);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    TestBackend slow =
        fixture.backend(
            "slow",
            (request, in, out) -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              go.acquireUninterruptibly();
              running.decrementAndGet();
              TestBackend.respond(out, "200 OK", "");
              return true;
            });
    fixture.service("web", slow);
    fixture.ingresses(
        TestObjects.ingress("all")
            .annotation("fairway.dev/endpoint-max-requests", "4")
            .annotation("fairway.dev/max-pending-requests", "5")
            .defaultBackend("web")
            .build());
    List<Integer> statuses = Collections.synchronizedList(new ArrayList<>());
    List<String> overloaded = Collections.synchronizedList(new ArrayList<>());
    int clients = 4 + 5 + 3;
    CountDownLatch refused = new CountDownLatch(3);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try (RawClient client = fixture.connect()) {
                  Response response = client.get("h", "/");
                  statuses.add(response.status());
                  if (response.status() == 503) {
                    overloaded.add(response.field("X-Fairway-Overloaded"));
                    refused.countDown();
                  }
                } catch (IOException failed) {
                  statuses.add(-1);
                }
              }));
    }
    assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();
    GatewayFixture.await(() -> running.get() == 4);
    go.release(clients);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(most.get()).isEqualTo(4);
    assertThat(overloaded).containsOnly("true");
    assertThat(statuses).hasSize(clients).containsOnly(200, 503);
  }
}
