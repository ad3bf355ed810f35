// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.http1.HttpLimits;
import dev.fairway.ingress.listener.ConnectionLimits;
import dev.fairway.ingress.listener.ListenerLimits;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.upstream.UpstreamOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients of HTTP/3 that press on limits, with the client of another project. */
class Http3EdgeIT {
  private static final ListenerLimits USUAL = ListenerLimits.DEFAULT;
  private static final Duration LONG = Duration.ofMinutes(1);

  private @Nullable GatewayFixture fixture;

  @AfterEach
  void stop() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private GatewayFixture start(ListenerLimits limits) throws IOException {
    GatewayFixture started =
        new GatewayFixture(GatewayFixture.options().withLimits(limits, UpstreamOptions.DEFAULT));
    fixture = started;
    return started;
  }

  private static ListenerLimits limits(
      int requests, Duration header, Duration body, Duration idle) {
    return new ListenerLimits(
        USUAL.connections(),
        USUAL.requestsPerConnection(),
        requests,
        header,
        body,
        idle,
        USUAL.tunnelTimeout(),
        USUAL.tlsHandshakeTimeout(),
        HttpLimits.DEFAULT,
        USUAL.minBodyRate());
  }

  private static Python script(GatewayFixture fixture, String... names) throws IOException {
    List<Object> arguments = new ArrayList<>();
    arguments.add(Objects.requireNonNull(fixture.gateway().httpsAddress()).getPort());
    arguments.addAll(Arrays.asList(names));
    return Python.script("http3_edge.py", arguments.toArray());
  }

  private static List<String> say(GatewayFixture fixture, String... names) throws IOException {
    try (Python client = script(fixture, names)) {
      return client.lines();
    }
  }

  @Test
  void clientsProveTheirAddressWhenHalfOfTheConnectionsAreTaken() throws IOException {
    GatewayFixture gateway = start(USUAL.withConnections(new ConnectionLimits(5, 5, 0)));
    gateway.everythingTo(gateway.backend("a"));
    assertThat(say(gateway, "retry")).containsExactly("retry = 200, address believed");
    try (RawClient first = gateway.connect();
        RawClient second = gateway.connect();
        RawClient third = gateway.connect()) {
      for (RawClient each : List.of(first, second, third)) {
        assertThat(each.get("h", "/").status()).isEqualTo(200);
      }
      assertThat(say(gateway, "retry")).containsExactly("retry = 200, address proven");
    }
  }

  @Test
  void whoHasNotProvenItsAddressGetsThreeTimesWhatItSentAtMost() throws IOException {
    GatewayFixture gateway = start(USUAL);
    TestCertificates.Pem pem = TestCertificates.create("h");
    gateway.service("web", gateway.backend("a"));
    StringBuilder chain = new StringBuilder(pem.certificate());
    for (int i = 0; i < 12; i++) {
      chain.append(TestCertificates.create("issuer-" + i).certificate());
    }
    gateway.secrets(TestObjects.tlsSecret("tls", chain.toString(), pem.key()));
    gateway.ingresses(
        TestObjects.ingress("all").tls("tls", "h").host("h").prefix("/", "web").build());
    assertThat(say(gateway, "amplification"))
        .containsExactly("amplification = three times as much: True, more: False");
  }

  @Test
  void connectionsHaveTheirLimitsAndNothingIsTakenEarlyOrFromATable() throws IOException {
    GatewayFixture gateway = start(USUAL);
    gateway.everythingTo(gateway.backend("a"));
    assertThat(say(gateway, "parameters", "early", "capacity", "reference"))
        .containsExactly(
            "parameters = streams 100, idle 30 s, table 0, blocked 0, fields 32768",
            "early = offered False, accepted False, then 200",
            "capacity = CLOSE 0x201",
            "reference = CLOSE 0x200");
  }

  @Test
  void whoeverDoesNotGoOnIsLeft() throws IOException {
    Duration shortly = Duration.ofMillis(500);
    GatewayFixture gateway = start(limits(1_000, shortly, shortly, LONG));
    AtomicBoolean all = new AtomicBoolean();
    gateway.everythingTo(
        gateway.backend(
            "a",
            (request, _, out) -> {
              if (!request.line().contains("/large")) {
                TestBackend.respond(out, "200 OK", "good");
                return true;
              }
              int total = 64 << 20;
              TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
              byte[] block = new byte[1 << 16];
              for (int i = 0; i < total; i += block.length) {
                out.write(block);
              }
              all.set(true);
              return true;
            }));
    assertThat(say(gateway, "half_fields", "frame_without_end", "half_body", "does_not_read"))
        .containsExactly(
            "half_fields = 408",
            "frame_without_end = 408",
            "half_body = 408",
            "does_not_read = reset 0x10c, much came True, more than allowed False");
    assertThat(all).as("the backend was held back").isFalse();
  }

  @Test
  void clientThatLeftWithoutAWordIsForgotten() throws IOException {
    GatewayFixture gateway = start(limits(1_000, LONG, LONG, Duration.ofSeconds(1)));
    gateway.everythingTo(gateway.backend("a"));
    try (Python client = script(gateway, "leave")) {
      assertThat(client.line()).isEqualTo("leave = 200");
      client.lines();
    }
    GatewayFixture.await(() -> gateway.gateway().counters().connections() == 0);
  }

  @Test
  void tooManyRequestsOnOneConnectionEndItWhenAllAreAnswered() throws Exception {
    GatewayFixture gateway = start(limits(100, LONG, LONG, LONG));
    CountDownLatch release = new CountDownLatch(1);
    TestBackend backend =
        gateway.everythingTo(
            gateway.backend(
                "a",
                (request, _, out) -> {
                  if (request.line().contains("/slow")) {
                    await(release);
                  }
                  TestBackend.respond(out, "200 OK", "served");
                  return true;
                }));
    long any = (1L << 62) - 4;
    try (Python client = script(gateway, "requests")) {
      assertThat(client.line()).as("H3_REQUEST_REJECTED").isEqualTo("late = RST 0x10b");
      release.countDown();
      assertThat(client.line())
          .isEqualTo("requests = {'200'} [%d, 400], slow 200, served, CLOSE 0x100".formatted(any));
    }
    assertThat(backend.requests).hasSize(100).noneMatch(request -> request.line().contains("late"));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
