// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that could be read in two ways, or are larger than they may be: refused, the connection
 * closed, and nothing of a request hidden behind them reaches the backend.
 */
class MalformedRequestIT {
  private static GatewayFixture fixture;
  private static TestBackend backend;

  @BeforeAll
  static void start() throws IOException {
    fixture = new GatewayFixture();
    backend = fixture.everythingTo(fixture.backend("a"));
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("dev.fairway.ingress.HostileHttp1#refused")
  void requestIsRefusedAndTheConnectionClosed(String name, int status, String bytes)
      throws IOException {
    String hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
    try (RawClient client = fixture.connect()) {
      client.send(bytes + hidden);
      RawClient.Response response = client.response();
      assertThat(response.status()).as(response.body()).isEqualTo(status);
      assertThat(response.field("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(backend.requests).noneMatch(request -> request.line().contains("/hidden"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.fairway.ingress.HostileHttp1#understood")
  void requestArrivesAsItWasUnderstoodAndNothingElse(
      String name, String bytes, List<String> arrives) throws IOException {
    backend.requests.clear();
    List<String> lines = arrives.stream().filter(a -> "+-=".indexOf(a.charAt(0)) < 0).toList();
    try (RawClient client = fixture.connect()) {
      client.send(bytes + "GET /after HTTP/1.1\r\nHost: h\r\n\r\n");
      for (String line : lines) {
        assertThat(client.response().status()).as(line).isEqualTo(200);
      }
      assertThat(client.response().body()).contains("\nGET /after HTTP/1.1\n");
    }
    List<String> seen = backend.requests.stream().map(TestBackend.Request::line).toList();
    List<String> expected = new ArrayList<>(lines.stream().map(l -> l + " HTTP/1.1").toList());
    expected.add("GET /after HTTP/1.1");
    assertThat(seen).isEqualTo(expected);
    TestBackend.Request first = backend.requests.getFirst();
    for (String one : arrives) {
      switch (one.charAt(0)) {
        case '+' ->
            assertThat(first.fields())
                .anyMatch(f -> f.strip().equalsIgnoreCase(one.substring(1).strip()));
        case '-' ->
            assertThat(first.fields())
                .noneMatch(f -> f.regionMatches(true, 0, one.substring(1) + ":", 0, one.length()));
        case '=' -> assertThat(first.text()).isEqualTo(one.substring(1));
        default -> {}
      }
    }
  }

  @Test
  void corpusIsAsLargeAsItShouldBe() {
    assertThat(HostileHttp1.refused().count() + HostileHttp1.understood().count())
        .isGreaterThanOrEqualTo(150);
  }

  @Test
  void closingForAMalformedRequestHarmsNobodyElse() throws IOException {
    try (RawClient good = fixture.connect();
        RawClient bad = fixture.connect()) {
      assertThat(good.get("h", "/1").status()).isEqualTo(200);
      bad.send("GARBAGE\r\n\r\n");
      assertThat(bad.response().status()).isEqualTo(400);
      assertThat(good.get("h", "/2").status()).isEqualTo(200);
    }
  }
}
