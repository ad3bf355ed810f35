// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static dev.fairway.ingress.GatewayApiFixture.PORT;
import static dev.fairway.ingress.GatewayApiFixture.connected;
import static dev.fairway.ingress.GatewayApiFixture.gateway;
import static dev.fairway.ingress.GatewayApiFixture.route;
import static dev.fairway.ingress.GatewayApiFixture.service;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions, retries and timeouts of HTTPRoutes, from the objects to the bytes. */
class GatewayPolicyIT {
  private static final String LISTENER = "{name: a, port: 18080, protocol: HTTP}";

  private final GatewayApiFixture fixture;
  private final List<TestBackend> backends = new ArrayList<>();

  GatewayPolicyIT() throws IOException {
    fixture = new GatewayApiFixture(GatewayFixture.options());
  }

  @AfterEach
  void stop() {
    backends.forEach(TestBackend::close);
    fixture.close();
  }

  @ParameterizedTest(name = "by a {0}")
  @CsvSource({
    "Cookie, set-cookie, cookie, 'sessionName: cart'",
    "Header, x-cart, x-cart, 'sessionName: X-Cart, type: Header, absoluteTimeout: 1h'"
  })
  void theRequestsOfASessionGoToTheBackendAndEndpointWhereItBegan(
      String type, String told, String returned, String settings) throws IOException {
    for (int i = 0; i < 4; i++) {
      backends.add(new TestBackend("b" + i));
    }
    fixture.services(
        service("web", backends.get(0), backends.get(1)),
        service("api", backends.get(2), backends.get(3)));
    fixture.replace(
        gateway(LISTENER)
            + route(
                "HTTPRoute",
                "rules: [{sessionPersistence: {"
                    + settings
                    + "}, backendRefs: [{name: web, port: 80}, {name: api, port: 80}]}]"));
    for (int session = 0; session < 4; session++) {
      try (RawClient client = new RawClient(connected(fixture.at(PORT)))) {
        RawClient.Response first = client.get("a", "/");
        int before = busiest();
        String token = first.field(told).split(";", 2)[0];
        assertThat(token).as("the token of " + first).contains("|");
        backends.forEach(backend -> backend.requests.clear());
        for (int i = 0; i < 5; i++) {
          client.send("GET / HTTP/1.1\r\nHost: a\r\n" + returned + ": " + token + "\r\n\r\n");
          assertThat(client.response().field(told)).as("the session goes on").isEmpty();
        }
        assertThat(backends.get(before).requests).hasSize(5);
        backends.forEach(backend -> backend.requests.clear());
      }
    }
  }

  /** The number of the backend that got the only request. */
  private int busiest() {
    for (int i = 0; i < backends.size(); i++) {
      if (!backends.get(i).requests.isEmpty()) {
        return i;
      }
    }
    throw new AssertionError("no backend got the request");
  }

  @Test
  void aTryThatTakesTooLongIsFollowedByAnother() throws IOException {
    TestBackend slowAtFirst = silentAtFirst(1);
    fixture.services(service("web", slowAtFirst));
    fixture.replace(routed("retry: {attempts: 2}, timeouts: {backendRequest: 200ms}"));
    try (RawClient client = new RawClient(connected(fixture.at(PORT)))) {
      assertThat(client.get("a", "/").status()).isEqualTo(200);
    }
    assertThat(slowAtFirst.requests).hasSize(2);
  }

  @Test
  void whenEveryTryTakesTooLongTheAnswerIs504() throws IOException {
    TestBackend slow = silentAtFirst(100);
    fixture.services(service("web", slow));
    fixture.replace(routed("retry: {attempts: 2}, timeouts: {backendRequest: 100ms}"));
    try (RawClient client = new RawClient(connected(fixture.at(PORT)))) {
      assertThat(client.get("a", "/").status()).isEqualTo(504);
    }
    assertThat(slow.requests).hasSize(3);
  }

  @Test
  void theTimeOfTheRequestIsThatOfAllTriesTogether() throws IOException {
    TestBackend failing =
        new TestBackend(
            "failing",
            (_, _, out) -> {
              out.write(
                  "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
              return true;
            });
    backends.add(failing);
    fixture.services(service("web", failing));
    fixture.replace(
        routed("retry: {attempts: 90, codes: [503], backoff: 100ms}, timeouts: {request: 450ms}"));
    try (RawClient client = new RawClient(connected(fixture.at(PORT)))) {
      assertThat(client.get("a", "/").status()).isEqualTo(504);
    }
    // The backoff is a least one, so that no more can have happened in the time of the request.
    assertThat(failing.requests).hasSizeBetween(1, 5);
  }

  private static String routed(String settings) {
    return gateway(LISTENER)
        + route("HTTPRoute", "rules: [{" + settings + ", backendRefs: [{name: web, port: 80}]}]");
  }

  /** A backend that does not answer so many requests until their connections end. */
  private TestBackend silentAtFirst(int requests) throws IOException {
    int[] left = {requests};
    TestBackend backend =
        new TestBackend(
            "slow",
            (_, in, out) -> {
              if (left[0]-- > 0) {
                return in.read() >= 0;
              }
              out.write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
              return true;
            });
    backends.add(backend);
    return backend;
  }
}
