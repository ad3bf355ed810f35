// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handshakes over QUIC for names that no Ingress has. */
class Http3NamesIT {
  @ParameterizedTest(name = "refused: {0}")
  @CsvSource({"false, connected", "true, refused"})
  void areRefusedWhereTheConfigMapSaysSo(boolean refused, String expected) throws IOException {
    try (GatewayFixture fixture = new GatewayFixture()) {
      fixture.service("web", fixture.backend("a"));
      fixture.ingresses(TestObjects.ingress("web").host("h").prefix("/", "web").build());
      fixture.config(Map.of("ssl-reject-handshake", Boolean.toString(refused)));
      int port = Objects.requireNonNull(fixture.gateway().httpsAddress()).getPort();
      List<String> said;
      try (Python client = Python.script("http3_names.py", port, "h", "other")) {
        said = client.lines();
      }
      assertThat(said).containsExactly("h connected", "other " + expected);
    }
  }
}
