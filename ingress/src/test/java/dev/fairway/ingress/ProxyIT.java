// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What passes the gateway in ordinary exchanges. */
class ProxyIT {
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void requestReachesTheEndpointAndItsAnswerTheClient() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      RawClient.Response response = client.get("shop.example", "/cart?x=1");
      assertThat(response.status()).as(response.body()).isEqualTo(200);
      assertThat(response.body()).contains("backend=a", "GET /cart?x=1 HTTP/1.1");
      assertThat(response.field("Server")).isEqualTo("fairway");
      assertThat(response.field("Date")).endsWith("GMT");
    }
  }

  @Test
  void connectionsAreKeptOnBothSides() throws IOException {
    TestBackend backend = fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.get("shop.example", "/" + i).status()).isEqualTo(200);
      }
    }
    assertThat(backend.connections).hasValue(1);
  }
}
