// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.RawClient.Response;
import dev.fairway.ingress.listener.MinBodyRate;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies that would arrive some day, where a rate is asked for. */
class SlowBodyIT {
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    MinBodyRate rate = new MinBodyRate(1_000, Duration.ofMillis(500));
    fixture = new GatewayFixture(GatewayFixture.options().withMinBodyRate(rate));
    fixture.everythingTo(fixture.backend("a"));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void bodyThatBringsTooLittleIsAnsweredWith408() throws IOException {
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nsome");
      Response response = client.response();
      assertThat(response.status()).isEqualTo(408);
      assertThat(response.body()).contains("too slowly");
      assertThat(client.isEnded()).isTrue();
    }
  }

  @Test
  void overHttp2TheConnectionLivesOn() throws IOException {
    try (Http2Client client =
        new Http2Client(Objects.requireNonNull(fixture.gateway().httpAddress()))) {
      int stream = client.stream();
      client.headers(
          stream, false, ":method", "POST", ":scheme", "http", ":authority", "h", ":path", "/");
      client.data(stream, false, "some");
      assertThat(client.response(stream).status).isEqualTo(408);
      assertThat(client.get("h", "/").status).isEqualTo(200);
    }
  }

  @Test
  void bodyThatArrivesAtOncePasses() throws IOException {
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 2; i++) {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(client.response().status()).isEqualTo(200);
      }
    }
  }
}
